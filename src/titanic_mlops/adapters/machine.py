"""What a step asks of the machine itself: its clock, and which code runs."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from shutil import which

PACKAGE = Path(__file__).parents[1]


class SystemClock:
    """Tell the machine's time."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)


def code_version() -> str:
    """Return the git commit of the running code and a hash of its sources.

    The hash distinguishes edited from committed code, and identifies code without a commit.
    """
    digest = sha256()
    for source in sorted(PACKAGE.rglob("*.py")):
        digest.update(source.read_bytes())
    return f"{_commit(PACKAGE)}+{digest.hexdigest()[:12]}"


def _commit(folder: Path) -> str:
    git = which("git")
    if git is None:
        return "uncommitted"
    asked = subprocess.run(  # noqa: S603 fixed words only
        [git, "-C", str(folder), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() if asked.returncode == 0 else "uncommitted"
