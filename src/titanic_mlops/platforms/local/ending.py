"""How a child of `up` learns that it shall end."""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Send this process SIGTERM when its standard input ends, as it does with its parent."""
    descriptor = sys.stdin.fileno()  # read by its number: a buffer would be locked at the end

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
