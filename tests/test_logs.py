"""A line of the log is one line, whatever a file's name holds."""

from __future__ import annotations

import json
import logging

import pytest

from titanic_mlops.logs import _Json, _Line, _Text

NAME = "a\nERROR: forged\r\u2028\x1b[31m.csv"


def logged(name: str, **extra: object) -> logging.LogRecord:
    return logging.getLogger("test").makeRecord(
        "test", logging.WARNING, __file__, 1, "%s is held.", (name,), None, extra=extra
    )


@pytest.mark.parametrize(
    "formatter",
    [_Line(), _Text("worker"), _Json("p")],
    ids=lambda form: type(form).__name__,
)
def test_a_name_with_a_newline_is_one_line(formatter: logging.Formatter) -> None:
    (line,) = formatter.format(logged(NAME)).split("\n")
    assert "ERROR: forged" in line
    assert "\x1b" not in line


def test_the_places_of_a_fault_are_lines_of_their_own() -> None:
    record = logged("x", places=["  File one", "    two"])
    assert _Text("worker").format(record).endswith("x is held.\n  File one\n    two")
    assert json.loads(_Json("p").format(record))["places"] == ["  File one", "    two"]
