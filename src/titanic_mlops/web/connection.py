"""One connection: the time that a client has, and responses that reach it before it is closed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from titanic_mlops.rules.limits import HEAD_SECONDS
from titanic_mlops.web.lingering import Allowance, LingeringTransport
from titanic_mlops.web.refusal import refusal
from titanic_mlops.web.responses import HTTPProblem


class Connection(HttpToolsProtocol):
    """Bound the time of every connection; answer malformed bytes in their turn, then close."""

    transport: LingeringTransport

    _head: int | None = None
    """Bytes of a request's head before this segment; None while no head is being read."""
    _in_body = False
    _refusal = b""
    """What answers malformed bytes behind requests that are still pending."""
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

    def on_response_complete(self) -> None:
        """Keep the connection for the next request; discard the rest of this one first."""
        if self._refusal and not self.pipeline:
            self._send_refusal()
            return
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete and not self.transport.is_closing():
            self._rest = Allowance(self.loop, self.transport.abort)

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
            self._refuse(HTTPProblem(HTTPStatus.REQUEST_TIMEOUT, detail))

    def _refuse(self, problem: HTTPProblem) -> None:
        """Answer with a problem once the requests before have their responses, then close."""
        self._stop_waiting()
        self._refusal = refusal(problem)
        if self._in_body and self.pipeline:
            self.pipeline.popleft()  # the malformed request itself, which has not begun
        elif self._is_idle:
            self._send_refusal()
        elif self._in_body:
            self._break_off()

    def _break_off(self) -> None:
        """Answer a request whose body is malformed, unless its response has begun."""
        if self.cycle.response_complete:
            self.transport.linger()
        elif self.cycle.response_started:
            self.cycle.keep_alive = False
        else:
            self.cycle.disconnected = True  # so that the application stops waiting for the body
            self.cycle.message_event.set()
            self._send_refusal()

    def _send_refusal(self) -> None:
        """Send the refusal, and close in stages, for the client may still be sending."""
        self.transport.write(self._refusal)
        self.transport.linger()
