"""A file in the dialect of its problem, with every type of column."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, TypedDict

import pytest

from tests.ingestion.outcome import Check
from tests.sales_problem import HEADER, ROW, SALES
from titanic_mlops.errors import FileRejected
from titanic_mlops.problems.base import Column, Numeric, Problem

PRICE = "must be a number from 0 to 10000 €"
VALUES = {
    "sold": date(2024, 5, 31),
    "paid": datetime.fromisoformat("2024-05-31T17:30"),
    "turnover": 12.5,
    "size": "M",
    "colours": "blue/red",
    "uses": "indoors+sport",
    "member": True,
    "width": 10.0,
    "height": 20.5,
    "area": 205.0,
    "remark": "gut",
    "returned": "yes",
}


def with_cell(number: int, text: str) -> bytes:
    cells = ROW.rstrip("\n").split(";")
    cells[number] = text
    return (HEADER + ";".join(cells) + "\n").encode()


def test_every_type_is_read_and_stored(check: Check) -> None:
    outcome = check((HEADER + ROW).encode(), SALES)
    assert outcome.reasons() == {}
    assert {name: outcome.accepted[1][name] for name in VALUES} == VALUES
    assert outcome.summary.warnings == (), "an ignored column is not reported"


@pytest.mark.parametrize(
    ("cell", "text", "column", "value"),
    [
        (1, "", "paid", None),
        (1, "NA", "paid", None),
        (0, "1.5.2024", "sold", date(2024, 5, 1)),
        (2, "-1", "turnover", None),
        (2, "-1,0", "turnover", None),
        (2, "7", "turnover", 7.0),
        (4, "", "colours", None),
        (4, " red //red", "colours", "red"),
        (6, "JA", "member", True),
        (6, "Nein", "member", False),
        (10, "keine", "remark", None),
        (11, "no", "returned", "no"),
        (11, "", "returned", None),
    ],
)
def test_a_cell_is_read_as_declared(
    check: Check, cell: int, text: str, column: str, value: object
) -> None:
    outcome = check(with_cell(cell, text), SALES)
    assert outcome.reasons() == {}
    assert outcome.accepted[1][column] == value


@pytest.mark.parametrize(
    ("cell", "text", "sentence"),
    [
        (0, "2024-05-31", "sold is '2024-05-31', must be written as 31.05.2024 (%d.%m.%Y)"),
        (0, "31.02.2024", "sold is '31.02.2024', must be written as 31.05.2024 (%d.%m.%Y)"),
        (
            1,
            "31.05.2024",
            "paid is '31.05.2024', must be written as 31.05.2024 17:30 (%d.%m.%Y %H:%M)",
        ),
        (
            2,
            "12.50",
            f"turnover is '12.50', {PRICE}, with a comma as its decimal mark",
        ),
        (2, "-2", f"turnover is -2, {PRICE}"),
        (3, "XL", "size is 'XL', must be one of S, M, L"),
        (5, "sport+war", "uses holds 'war', must be a set from indoors, outdoors, sport"),
        (6, "true", "member is 'true', must be nein or ja"),
        (6, "", "member is missing, must be nein or ja"),
        (9, "204", None),
        (9, "203,5", "area is 203.5, must be width times height"),
        (11, "maybe", "returned is 'maybe', must be one of no, yes"),
    ],
)
def test_a_wrong_cell_is_rejected_in_one_sentence(
    check: Check, cell: int, text: str, sentence: str | None
) -> None:
    outcome = check(with_cell(cell, text), SALES)
    said = [row.describe("in.csv") for row in outcome.summary.examples]
    assert said == ([f"in.csv row 1: {sentence}"] if sentence else [])


def test_a_rule_is_not_asked_where_a_value_is_missing_or_wrong(check: Check) -> None:
    assert check(with_cell(9, ""), SALES).summary.accepted == 1
    assert check(with_cell(7, "600"), SALES).reasons() == {1: ["width:range"]}


def test_commas_do_not_separate_a_file_of_semicolons(check: Check) -> None:
    with pytest.raises(FileRejected, match="must be separated by semicolons") as rejected:
        check(HEADER.replace(";", ",").encode(), SALES)
    assert (rejected.value.state, rejected.value.rule) == ("held", "delimiter")


def test_a_row_without_a_key_is_identified_by_its_content(check: Check) -> None:
    other = ROW.replace(";yes;", ";no;")
    outcome = check((HEADER + ROW + other + ROW).encode(), SALES)
    ids = [outcome.accepted[number]["record_id"] for number in (1, 2, 3)]
    assert outcome.summary.accepted == 3
    assert ids[0] == ids[2] != ids[1]
    assert outcome.accepted[1]["split"] == outcome.accepted[3]["split"]


def test_a_rejected_row_without_a_key_has_no_record_id(check: Check) -> None:
    outcome = check(with_cell(6, "?!"), SALES)
    assert outcome.rejected[1]["record_id"] is None


def test_quoted_fields_and_repeated_headers_follow_the_delimiter(check: Check) -> None:
    quoted = ROW.replace(";gut;", ';"gut; ""sehr""";')
    outcome = check((HEADER + quoted + HEADER + ";" * 12 + "\n" + ROW).encode(), SALES)
    assert outcome.reasons() == {}
    assert [row["remark"] for row in outcome.accepted.values()] == ['gut; "sehr"', "gut"]


class Measured(TypedDict):
    x: Annotated[float | None, Column(description="what was measured")]
    y: Annotated[float | None, Column(description="what follows")]


MEASURED = Problem(
    name="measured",
    title="What follows",
    record=Measured,
    task="regression",
    target="y",
    features=(Numeric("x"),),
)


def test_every_column_may_be_missing(check: Check) -> None:
    """No column tells how many fields a row must have."""
    outcome = check(b"x,y\n1,2\n,3\n4\n5,6,7\n", MEASURED)
    assert [outcome.accepted[n]["y"] for n in (1, 2, 3)] == [2.0, 3.0, None]
    assert list(outcome.rejected) == [4]
