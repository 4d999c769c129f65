"""Idempotency-Key: a retried request gets the response of the first one."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from titanic_mlops.errors import Fault, RequestInvalid
from titanic_mlops.rules.limits import IDEMPOTENCY_KEY, MAX_REMEMBERED_PREDICTIONS
from titanic_mlops.web.responses import HTTPProblem


class Sized(Protocol):
    """A result that is `size` predictions large."""

    @property
    def size(self) -> int:
        """Return the number of predictions."""


Result = TypeVar("Result", bound=Sized)


def idempotency_key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key of a request, None where it has none.

    Raises:
        HTTPProblem: 400, the header is malformed.
    """
    header = headers.get(b"idempotency-key")
    if header is None:
        return None
    key = header.decode("latin-1")
    if not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise HTTPProblem(
            HTTPStatus.BAD_REQUEST,
            "An Idempotency-Key must have 1 to 255 printable ASCII characters and no space.",
        )
    return key


class ResultCache(Generic[Result]):
    """Remember the results of the latest keys; the oldest is dropped first."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[bytes, asyncio.Task[Result]]] = OrderedDict()
        self._size = 0

    async def once(self, key: str, body: bytes, work: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of `work`, computed once per key; a failure is not remembered.

        Raises:
            RequestInvalid: the key was used with another body.
        """
        digest = sha256(body).digest()
        if key not in self._known:
            task = asyncio.ensure_future(self._remembered(key, work))
            self._known[key] = digest, task
        known_digest, task = self._known[key]
        if known_digest != digest:
            fault = Fault("", "idempotency_key", "", "the key was used with another body")
            raise RequestInvalid((fault,))
        return await asyncio.shield(task)

    async def _remembered(self, key: str, work: Callable[[], Awaitable[Result]]) -> Result:
        try:
            result = await work()
        except BaseException:
            del self._known[key]
            raise
        self._size += result.size
        # A batch has fewer predictions than the limit, so that an older one is always there.
        while self._size > MAX_REMEMBERED_PREDICTIONS:
            oldest = next(key for key, (_, task) in self._known.items() if task.done())
            _, task = self._known.pop(oldest)
            self._size -= task.result().size
        return result
