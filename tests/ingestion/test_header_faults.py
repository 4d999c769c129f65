"""What stands before the header or separates its names, and a target under another name."""

from __future__ import annotations

import csv
import io

import pytest

from tests.ingestion.outcome import Check
from tests.ingestion.test_check import HEADER, line
from titanic_mlops.errors import FileRejected

GOOD = HEADER + line(1) + line(2)


def held(check: Check, data: bytes) -> str:
    with pytest.raises(FileRejected) as rejected:
        check(data)
    assert rejected.value.state == "held"
    return rejected.value.detail


def separated(delimiter: str) -> bytes:
    written = io.StringIO()
    rows = csv.reader(io.StringIO(GOOD.decode()))
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [
        *((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars"), (" ", "spaces")),
        *((":", "colons"), ("~", "the character '~'"), ("\x01", "the character '\\x01'")),
        ("\uff0c", "the character '\\uff0c'"),
    ],
)
def test_another_delimiter_is_named(delimiter: str, words: str, check: Check) -> None:
    assert f"separated by {words}; they must be" in held(check, separated(delimiter))


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (b"Passenger list, 2026\n", "the first line is not the header; remove it: line 2 is"),
        (b"Passengers" + b"," * 11 + b"\n", "remove it: line 2 is the header"),
        (b'The "list\n', "remove it: line 2 is the header"),
        (b"# one\r\n# two\r\n\r\n", "remove lines 1 to 3: line 4 is the header"),
        (b"\xef\xbb\xbfTitle\n", "remove it: line 2 is the header"),
        (b"sep=,\n", "the first line is Excel's sep= hint; remove it"),
        (b'\xef\xbb\xbf"sep=,"\r\n', "the first line is Excel's sep= hint; remove it"),
    ],
)
def test_a_line_before_the_header_is_named(before: bytes, words: str, check: Check) -> None:
    assert words in held(check, before + GOOD)


def test_a_hint_and_another_delimiter_are_named_together(check: Check) -> None:
    detail = held(check, b"sep=;\n" + separated(";"))
    assert "Excel's sep= hint; remove it: line 2 is the header" in detail
    assert "separate its fields by commas, not semicolons" in detail


def test_lines_of_empty_cells_before_the_header_are_blank(check: Check) -> None:
    assert check(b",,,\r\n\r\n" + GOOD).summary.accepted == 2


@pytest.mark.parametrize(
    "name",
    [
        *("Surived", "survive", "Survived?", "Has survived", "Survive d"),
        *("Survived\u200b", "Sur\u00advived", "\ufeffSurvived", "\u0405urvived"),
    ],
)
def test_a_misspelt_target_holds_the_file(name: str, check: Check) -> None:
    detail = held(check, GOOD.replace(b"Survived", name.encode()))
    assert f"did you mean Survived by {name!a}?" in detail


@pytest.mark.parametrize("name", ["label", "Body", "Surname", "Boat"])
def test_another_column_is_no_misspelt_target(name: str, check: Check) -> None:
    summary = check(GOOD.replace(b"Survived", name.encode())).summary
    assert summary.labelled == 0
    assert "0 of 2 rows are labelled: no column Survived" in summary.warnings
