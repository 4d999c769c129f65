"""Refusals of bytes that never reach the application: their limits and their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from titanic_mlops.rules.limits import MAX_HEAD_BYTES, MAX_TRAILER_BYTES
from titanic_mlops.web.cors import ALLOW_ANY_ORIGIN
from titanic_mlops.web.responses import Header, HTTPProblem, problem_response

_LINE_BYTES = len(b"POST  HTTP/1.1\r\n\r\n")
"""A request line without its target, and the empty line."""


def field_bytes(name: bytes, value: bytes) -> int:
    """Return the size of a header or trailer; white space around the value does not count."""
    return len(name) + len(value) + len(b": \r\n")


def head_bytes(target: bytes, headers: Iterable[Header]) -> int:
    """Return the size of a request's head."""
    return _LINE_BYTES + len(target) + sum(field_bytes(*header) for header in headers)


def head_too_large() -> HTTPProblem:
    """Return the 431 for a head above the limit."""
    return _too_large(f"The head of the request is larger than {MAX_HEAD_BYTES} bytes.")


def trailer_too_large() -> HTTPProblem:
    """Return the 431 for trailers above the limit."""
    return _too_large(f"The trailers of the request are larger than {MAX_TRAILER_BYTES} bytes.")


def refusal(problem: HTTPProblem) -> bytes:
    """Return a response that closes the connection, as bytes of HTTP/1.1."""
    response = problem_response(problem)
    length = (b"content-length", str(len(response.body)).encode())
    headers = (*response.headers, *ALLOW_ANY_ORIGIN, length, (b"connection", b"close"))
    head = b"".join(b"%b: %b\r\n" % header for header in headers)
    line = f"HTTP/1.1 {problem.status.value} {problem.status.phrase}\r\n".encode()
    return line + head + b"\r\n" + response.body


def _too_large(detail: str) -> HTTPProblem:
    return HTTPProblem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
