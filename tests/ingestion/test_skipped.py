"""Empty records and repeated headers are no rows; cells at the end of a row may be surplus."""

from __future__ import annotations

import pytest

from tests.ingestion.outcome import Check
from tests.ingestion.test_check import HEADER, line
from titanic_mlops.ingestion import check as check_module

BOM = b"\xef\xbb\xbf"
QUOTED = b",".join(b'"' + name + b'"' for name in HEADER.rstrip().split(b",")) + b"\n"


@pytest.fixture(params=[True, False], ids=["bulk", "singly"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test run with both readers."""
    monkeypatch.setattr(check_module, "is_regular", lambda *_: request.param)


@pytest.mark.parametrize(
    "empty", [b",,,,,,,,,,,\n", b",\n", b'"",""\n', b" , ,\t\n", b" \n", BOM + b",,\n", BOM + b"\n"]
)
def test_a_record_of_empty_cells_is_no_row(empty: bytes, check: Check) -> None:
    outcome = check(HEADER + line(1) + empty + line(2, age="130") + empty)
    assert (outcome.summary.accepted, outcome.reasons()) == (1, {2: ["Age:range"]})
    assert outcome.summary.warnings == ("2 lines of empty cells only: not counted as rows",)


@pytest.mark.parametrize("filled", [b'""""\n', b"0,,\n", b",,x\n", b'","\n'])
def test_a_record_with_any_content_is_a_row(filled: bytes, check: Check) -> None:
    assert check(HEADER + line(1) + filled).summary.rejected == 1


@pytest.mark.parametrize("again", [HEADER, BOM + HEADER, HEADER.upper(), QUOTED, BOM + QUOTED])
def test_the_header_again_is_no_row(again: bytes, check: Check) -> None:
    outcome = check(HEADER + line(1) + again + line(2, age="130") + again + line(1))
    assert outcome.reasons() == {1: ["PassengerId:duplicate_key"], 2: ["Age:range"]}
    warning = "the header is repeated in 2 lines: not counted as rows"
    assert outcome.summary.warnings == (warning,)


def test_surplus_empty_cells_are_no_fields(check: Check) -> None:
    rows = [line(key).rstrip() + end for key, end in enumerate((b",\n", b",, ,\n", b",x\n"), 1)]
    outcome = check(HEADER + b"".join(rows))
    assert outcome.reasons() == {3: [":fields"]}
    assert outcome.summary.worst == (
        "The line has 13 fields in 1 of 3 rows (first: row 3); the header has 12"
    )


def test_last_cells_that_may_be_missing_may_be_left_out(check: Check) -> None:
    """Fare, Cabin and Embarked may be missing, Ticket may not."""
    shortened = [line(key).rsplit(b",", key)[0] + b"\n" for key in (1, 2, 3, 4)]
    outcome = check(HEADER + b"".join(shortened))
    assert outcome.reasons() == {4: [":fields"]}
    assert [row["Fare"] for row in outcome.accepted.values()] == [7.25, 7.25, None]
    warning = "the last cells are left out in 3 rows: read as missing values"
    assert outcome.summary.warnings == (warning,)


def test_a_cell_of_an_undeclared_column_may_be_left_out(check: Check) -> None:
    outcome = check(HEADER.rstrip() + b",Boat\n" + line(1) + line(2).rstrip() + b",5\n")
    ignored = "ignored, because the problem does not declare them: Boat"
    assert (len(outcome.accepted), outcome.summary.warnings) == (2, (ignored,))
