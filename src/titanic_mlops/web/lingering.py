"""Close a connection without losing the response that was written last.

A kernel that closes a socket with unread input resets the connection (RST). The client's next write
then fails, before it reads the response. RFC 9112, section 9.6, therefore makes a server close in
stages: end its own side, read and discard what the client still sends, then close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from titanic_mlops.rules.limits import (
    DISCARD_IDLE_SECONDS,
    DISCARD_SECONDS,
    MAX_DISCARDED_BYTES,
)


class Allowance:
    """Bound what a client may still send after its response; call `exceed` once it is used up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, exceed: Callable[[], None]) -> None:
        self._loop = loop
        self._exceed = exceed
        self._bytes = MAX_DISCARDED_BYTES
        self._end = loop.call_later(DISCARD_SECONDS, self._use_up)
        self._idle = loop.call_later(DISCARD_IDLE_SECONDS, self._use_up)

    def spend(self, count: int) -> None:
        """Take `count` bytes from the allowance, and wait anew for the next ones."""
        self._bytes -= count
        self._idle.cancel()
        if self._bytes < 0:
            self._use_up()
        else:
            self._idle = self._loop.call_later(DISCARD_IDLE_SECONDS, self._use_up)

    def cancel(self) -> None:
        """Stop the timers."""
        self._end.cancel()
        self._idle.cancel()

    def _use_up(self) -> None:
        self.cancel()
        self._exceed()


class LingeringTransport(asyncio.Transport):
    """Pass all calls to `transport`, but close it in stages while its input is not read to the end.

    `is_read` returns whether the request was read to its end, so that closing at once is safe.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        is_read: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._is_read = is_read
        self.allowance: Allowance | None = None
        """What is left for the client to send; None while the connection is open both ways."""

    def close(self) -> None:
        """Close at once where the request was read to its end, else in stages."""
        if self.is_closing():
            return
        if self._is_read():
            self._transport.close()
        else:
            self.linger()

    def linger(self) -> None:
        """End this side, and let the client send the rest of its request within the allowance."""
        if self.is_closing():
            return
        self.allowance = Allowance(self._loop, self._transport.abort)
        with suppress(OSError):  # the client may have reset the connection already
            self._transport.write_eof()
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        """Return whether nothing can be written any more."""
        return self.allowance is not None or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Write, unless this side has ended."""
        if self.allowance is None:
            self._transport.write(data)

    def abort(self) -> None:
        """Reset the connection."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Let the client wait; what is discarded is read on."""
        if self.allowance is None:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 as the base class
        """Return what the transport knows about its socket."""
        return self._transport.get_extra_info(name, default)
