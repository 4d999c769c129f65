"""Which processes still run on this machine."""

from __future__ import annotations

import os
import sys


def is_alive(process: int) -> bool:
    """Return whether a process of that id runs on this machine."""
    if sys.platform == "win32":
        return True  # signal 0 is no question there; the lease runs out by itself
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
