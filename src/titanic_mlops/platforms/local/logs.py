"""Log lines that tell a person in a terminal what happens."""

from __future__ import annotations

import logging
import sys

from titanic_mlops.cli.output import printable


class _Story(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s  {process:<7} %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's own name
        severity = "" if record.levelno < logging.WARNING else f"{record.levelname}: "
        record.message = severity + "\n".join(map(printable, record.message.splitlines()))
        return super().formatMessage(record)


def tell_story(process: str) -> None:
    """Send what this process logs to standard error, each line under its name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Story(process))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("titanic_mlops").setLevel(logging.INFO)
