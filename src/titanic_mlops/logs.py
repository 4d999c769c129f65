"""Log lines: text in a terminal, JSON with severity and trace on Google Cloud."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import Any

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""The trace of the current request."""


def configure_logging(process: str) -> None:
    """Send this process's log to standard error as text, each line with the process's name."""
    _configure(_Text(process), force=False)


def configure_cloud_logging(project: str) -> None:
    """Send this process's log to standard error as JSON, one object per line."""
    _configure(_Json(project), force=True)


def configure_command_logging() -> None:
    """Send a command's warnings to standard error, each as one line."""
    if logging.lastResort:
        logging.lastResort.setFormatter(_Line())


def printable(text: str) -> str:
    """Return text from outside with a dot for every character that could control a terminal."""
    return "".join(c if c.isprintable() else "·" for c in text)


def trace_of(header: str) -> str:
    """Return the trace's id in X-Cloud-Trace-Context (`ID/span;o=1`); empty where there is none."""
    return header.partition("/")[0]


class _Line(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's own name
        return printable(record.message)


class _Text(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s  {process:<7} %(message)s", datefmt="%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's own name
        severity = "" if record.levelno < logging.WARNING else f"{record.levelname}: "
        record.message = severity + printable(record.message)  # a file's name may hold a newline
        return "\n".join((super().formatMessage(record), *getattr(record, "places", ())))


class _Json(logging.Formatter):
    """Write what Cloud Logging reads: `severity`, `message`, the trace, and ids beside them."""

    def __init__(self, project: str) -> None:
        super().__init__()
        self._project = project

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line; ids come from `extra={"ids": {...}}`."""
        line: dict[str, Any] = {
            "severity": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **({"places": record.places} if hasattr(record, "places") else {}),
            **getattr(record, "ids", {}),
        }
        if trace := TRACE.get():
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{trace}"
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its text may quote a personal value
        return json.dumps(line, ensure_ascii=False)


def _configure(formatter: logging.Formatter, *, force: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=force)
    logging.getLogger("titanic_mlops").setLevel(logging.INFO)
