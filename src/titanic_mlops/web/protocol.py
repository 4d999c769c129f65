"""HTTP/1.1 on one connection: uvicorn's protocol, with problem documents for malformed requests."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from titanic_mlops.rules.limits import HEAD_SECONDS, MAX_HEAD_BYTES
from titanic_mlops.web.cors import ALLOW_ANY_ORIGIN
from titanic_mlops.web.lingering import Allowance, LingeringTransport
from titanic_mlops.web.responses import Headers, HTTPProblem, problem_response
from titanic_mlops.web.router import allow_of
from titanic_mlops.web.routes import ROUTES

METHODS = allow_of([route.method for route in ROUTES])
REQUEST_LINE = re.compile(
    rb"(?!(?:%b) )[A-Za-z]+ /\S* HTTP/1\.[01]\r\n" % METHODS.replace(b", ", b"|")
)
"""The first line of a request with another method."""
UPGRADE = re.compile(rb"(?<=\r\n)upgrade(?=[ \t]*:)", re.IGNORECASE)


class Protocol(HttpToolsProtocol):
    """Answer malformed requests as the application does, and bound the time of every connection."""

    transport: LingeringTransport

    _head: int | None = None
    """Bytes of a request's head so far; None while no head is being read."""

    _in_body = False
    _received = b""
    _deadline: asyncio.TimerHandle | None = None
    _rest: Allowance | None = None
    """What remains to be read of a body whose request was answered before its end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Wait for a request until the deadline."""
        lingering = LingeringTransport(transport, self.loop, lambda: not self._is_reading)
        super().connection_made(lingering)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel all timers."""
        self._stop_waiting()
        self._stop_discarding()
        if self.transport.allowance is not None:
            self.transport.allowance.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, or discard it once this side has ended.

        The header Upgrade is renamed: after it the parser would skip the body.
        """
        allowance = self.transport.allowance or self._rest
        if allowance is not None:
            allowance.spend(len(data))
        if self.transport.is_closing():
            return
        self._received = data
        super().data_received(UPGRADE.sub(b"X-Offer", data))
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The head of the request is larger than {MAX_HEAD_BYTES} bytes.",
                )
        elif self._is_idle:
            self._expect_head()  # uvicorn stops its own timer at the first byte, even of a line end

    def on_message_begin(self) -> None:
        """Begin to count the bytes of the head."""
        self._head = 0
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Leave the body to the application."""
        self._head = None
        self._in_body = True
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request was read to its end."""
        self._in_body = False
        self._stop_discarding()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Keep the connection for the next request; discard the rest of this one first."""
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete and not self.transport.is_closing():
            self._rest = Allowance(self.loop, self.transport.abort)

    def send_400_response(self, _msg: str) -> None:
        """Refuse bytes that are no HTTP request, or a request with an unknown method."""
        if REQUEST_LINE.match(self._received):
            detail = "The method is unknown; use one that Allow names."
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, detail, ((b"allow", METHODS),))
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "The bytes received are no HTTP/1.1 request.")

    @property
    def _is_reading(self) -> bool:
        return self._in_body or self._head is not None

    @property
    def _is_idle(self) -> bool:
        return not self._in_body and (self.cycle is None or self.cycle.response_complete)

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_discarding(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _too_slow(self) -> None:
        if self._head is None:
            self.transport.close()
        else:
            detail = f"The head of the request did not arrive within {HEAD_SECONDS} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, detail)

    def _refuse(self, status: HTTPStatus, detail: str, headers: Headers = ()) -> None:
        """Send a problem document, and close in stages, for the client may still be sending."""
        response = problem_response(HTTPProblem(status, detail, headers=headers))
        length = (b"content-length", str(len(response.body)).encode())
        headers = (*response.headers, *ALLOW_ANY_ORIGIN, length, (b"connection", b"close"))
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        self.transport.write(line + head + b"\r\n" + response.body)
        self.transport.linger()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # so that the application stops waiting for the body
            self.cycle.message_event.set()
