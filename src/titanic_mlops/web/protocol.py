"""HTTP/1.1 on one connection: uvicorn's protocol, with problem documents for malformed requests."""

from __future__ import annotations

import re
from http import HTTPStatus

import httptools

from titanic_mlops.rules.limits import MAX_HEAD_BYTES, MAX_TRAILER_BYTES
from titanic_mlops.web.connection import Connection
from titanic_mlops.web.refusal import field_bytes, head_bytes, head_too_large, trailer_too_large
from titanic_mlops.web.responses import HTTPProblem
from titanic_mlops.web.router import allow_of
from titanic_mlops.web.routes import ROUTES

METHODS = allow_of([route.method for route in ROUTES])
REQUEST_LINE = re.compile(
    rb"(?!(?:%b) )[A-Za-z]+ /\S* HTTP/1\.[01]\r\n" % METHODS.replace(b", ", b"|")
)
"""The first line of a request with another method."""


class Protocol(Connection):
    """Parse requests within the limits; answer malformed ones as the application does."""

    _received = b""
    """The segment that is being parsed."""
    _is_all_head = True
    """Whether this segment holds no byte of an earlier request."""
    _framing_bytes = 0
    """Bytes since the last one of the body: sizes and extensions of chunks, trailers."""
    _trailer_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came, or discard it behind malformed bytes or once this side has ended."""
        allowance = self.transport.allowance or self._rest
        if allowance is not None:
            allowance.spend(len(data))
        if self.transport.is_closing() or self._refusal:
            return
        self._unset_keepalive_if_required()
        self._received, self._is_all_head = data, True
        self._framing_bytes += len(data)
        try:
            self._parse(data)
            self._limit_unfinished_head()
            if self._in_body and self._framing_bytes > MAX_TRAILER_BYTES:
                raise trailer_too_large()
        except HTTPProblem as problem:
            self._refuse(problem)

    def on_message_begin(self) -> None:
        """Begin to count the bytes of the head."""
        self._head = 0
        self._expect_head()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header to the request; a trailer is counted and discarded (RFC 9110, 6.5.1)."""
        if not self._in_body:
            super().on_header(name, value)
            return
        self._trailer_bytes += field_bytes(name, value)
        if self._trailer_bytes > MAX_TRAILER_BYTES:
            raise trailer_too_large()

    def on_headers_complete(self) -> None:
        """Leave the body to the application."""
        upper_bound = (self._head or 0) + len(self._received)
        if upper_bound > MAX_HEAD_BYTES and head_bytes(self.url, self.headers) > MAX_HEAD_BYTES:
            raise head_too_large()
        if self._is_offer:
            return
        super().on_headers_complete()  # raises for an invalid target
        self._head = None
        self._in_body = True
        self._framing_bytes = self._trailer_bytes = 0
        self._stop_waiting()

    def on_body(self, body: bytes) -> None:
        """Pass the next bytes of the body on."""
        self._framing_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request was read to its end."""
        if self._is_offer:
            return
        self._in_body = self._is_all_head = False
        self._stop_discarding()
        super().on_message_complete()

    @property
    def _is_offer(self) -> bool:
        """Whether the parser would skip the body of this request for the sake of its Upgrade."""
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def _parse(self, data: bytes) -> None:
        """Parse bytes of requests; decline offers to upgrade, as RFC 9110, 7.8 allows.

        Raises:
            HTTPProblem: the bytes are no HTTP request within the limits.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            head = self._head_without_offer()
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            self._parse(head + data[offer.args[0] :])
        except httptools.HttpParserError as error:
            problem = error.__context__  # what a callback raised
            raise problem if isinstance(problem, HTTPProblem) else self._malformed() from error

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version)
        fields = (b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade")
        return b"".join([line, *fields, b"\r\n"])

    def _limit_unfinished_head(self) -> None:
        if self._head is not None:
            self._head += len(self._received) if self._is_all_head else 0
            if self._head > MAX_HEAD_BYTES:
                raise head_too_large()
        elif self._is_idle:
            self._expect_head()  # a line end has stopped uvicorn's own timer

    def _malformed(self) -> HTTPProblem:
        if REQUEST_LINE.match(self._received):
            detail = "The method is unknown; use one that Allow names."
            return HTTPProblem(
                HTTPStatus.METHOD_NOT_ALLOWED, detail, headers=((b"allow", METHODS),)
            )
        return HTTPProblem(HTTPStatus.BAD_REQUEST, "The bytes received are no HTTP/1.1 request.")
