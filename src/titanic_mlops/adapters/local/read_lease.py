"""A read lease of Linux: whether another process writes a file that this one reads."""

from __future__ import annotations

import errno
import fcntl
import signal
import sys


def take_read_lease(descriptor: int) -> bool | None:
    """Ask for a read lease on a file that is open for reading; closing the file gives it back.

    Return False when a process has the file open for writing, and None where no lease can be
    had: on other systems, on network file systems, on a file of another user.
    """
    if sys.platform != "linux":
        return None
    try:
        # A writer makes the system send a signal; unlike SIGIO, SIGURG is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return False if error.errno == errno.EAGAIN else None
    return True


def holds_read_lease(descriptor: int) -> bool:
    """Return whether no process has opened the leased file for writing meanwhile.

    Such a process waits until the lease is given back.
    """
    if sys.platform != "linux":
        return True
    return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_RDLCK
