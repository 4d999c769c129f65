"""Memory of a process and its children, as a container counts it: shared pages once."""

from __future__ import annotations

import re
from pathlib import Path

PROC = Path("/proc")


def held_bytes(process: int) -> int:
    """Return the proportional set sizes of a process and all below it; Linux only."""
    rollup = (PROC / str(process) / "smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss: +(\d+) kB$", rollup, re.MULTILINE)
    below = (PROC / str(process) / "task" / str(process) / "children").read_text(encoding="ascii")
    own = int(found[1]) * 1024 if found else 0
    return own + sum(held_bytes(int(child)) for child in below.split())
