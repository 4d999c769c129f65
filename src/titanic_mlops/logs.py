"""Log lines for Google Cloud: one JSON object each, with severity and trace."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from typing import Any

TRACE: ContextVar[str] = ContextVar("trace", default="")
"""The trace that the present request belongs to."""


class OneObject(logging.Formatter):
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
            **getattr(record, "ids", {}),
        }
        if trace := TRACE.get():
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{trace}"
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its text may quote a person's values
        return json.dumps(line, ensure_ascii=False)


def log_for_cloud(project: str) -> None:
    """Send all that this process logs to standard error, an object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneObject(project))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("titanic_mlops").setLevel(logging.INFO)


def trace_of(header: str) -> str:
    """Return the trace's id from X-Cloud-Trace-Context (`ID/span;o=1`), or nothing."""
    return header.partition("/")[0]
