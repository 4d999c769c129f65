from __future__ import annotations

import pytest

from tests.draft.facts import column
from titanic_mlops.draft.columns import DraftColumn
from titanic_mlops.draft.facts import ColumnFacts
from titanic_mlops.draft.guess import CLASS, guess
from titanic_mlops.draft.roles import is_personal, key_of, split_key_of


def guessed(facts: ColumnFacts, **answers: str) -> DraftColumn:
    return guess(facts, "field", answers)


@pytest.mark.parametrize(
    ("cells", "kind", "feature"),
    [
        (("1", "2", "3"), "int", "Numeric"),
        (("1.0", "2.0", "7"), "int", "Numeric"),
        (("1.5", "2", "1e-05"), "float", "Numeric"),
        (("0123", "0456", "1789"), "Literal", "OneHot"),
        (("red", "blue"), "Literal", "OneHot"),
        (("low", "high", "medium"), "Literal", "Ordered"),
        (("yes", "no"), "bool", "Numeric"),
        (("Ja", "Nein", ""), "bool", "Numeric"),
        (("2024-05-31", "2023-01-01"), "date", "DateParts"),
        (("31.05.2024", "01.02.2023"), "date", "DateParts"),
        (("2024-05-31 17:30:00", "2024-05-31T17:31"), "datetime", "DateParts"),
        (("5/31/2024 17:30", "1/2/2024 9:05"), "datetime", "DateParts"),
        (("Drama|Action", "Action", "Drama|Comedy", "Comedy"), "list[str]", "Members"),
        (("1,234", "5,678,901"), "Literal", "OneHot"),
    ],
)
def test_values_decide_the_type(cells: tuple[str, ...], kind: str, feature: str) -> None:
    found = guessed(column("x", *cells, rows=100))
    assert (found.type, found.feature) == (kind, feature)


def test_few_whole_numbers_become_categories_when_asked_for() -> None:
    facts = column("rooms", "2", "10", "1", rows=60)
    assert guessed(facts).type == "int"
    assert "for classes write" in guessed(facts).notes[0]
    asked = guessed(facts, rooms=CLASS)
    assert (asked.type, asked.categories, asked.feature) == ("Literal", ("1", "2", "10"), "OneHot")


def test_a_repeated_negative_number_means_unknown() -> None:
    found = guessed(column("price", "-1", "-1", "3.5", "80"))
    assert found.arguments["unknown"] == (-1,)
    assert found.nullable
    assert found.arguments["minimum"] == 0
    assert "unknown" not in guessed(column("change", "-1", "-0.5", "3.5")).arguments


def test_bounds_have_head_room_and_stay_above_zero() -> None:
    found = guessed(column("fare", "0", "7.25", "512.3292"))
    assert (found.arguments["minimum"], found.arguments["maximum"]) == (0, 770)
    assert guessed(column("class", "1", "2", "3")).arguments["minimum"] == 1
    assert guessed(column("year", *map(str, range(1893, 2006)))).arguments == {
        "minimum": 1800,
        "maximum": 2100,
    }


@pytest.mark.parametrize("cells", [("EU",), ("", "NA"), ("7",)])
def test_a_constant_is_allowed_and_not_read(cells: tuple[str, ...]) -> None:
    found = guessed(column("x", *cells, rows=30))
    assert (found.feature, found.nullable, found.optional) == ("", True, True)
    assert found.notes[0].startswith("Left out of the features")


def test_text_is_read_by_word_or_not_at_all() -> None:
    sentences = [f"a good day number {i} was here" for i in range(50)]
    assert guessed(column("remark", *sentences)).feature == "Words"
    assert guessed(column("code", *(f"X{i}" for i in range(50)))).feature == ""


def test_ids_are_keys_and_repeated_ids_are_groups() -> None:
    ids = column("customerID", *(f"C{i}" for i in range(40)))
    counted = column("n", *map(str, range(10, 50)))
    prices = column("price", *(str(3 * i) for i in range(40)))
    patients = column("Patient ID", *(f"P{i}" for i in range(20)), rows=40)
    assert key_of([prices, counted, ids]) == "customerID"
    assert key_of([prices, counted]) == "n"
    assert key_of([prices]) == ""
    assert split_key_of([prices, ids, patients], "customerID") == "Patient ID"


@pytest.mark.parametrize("header", ["E-Mail", "Vorname", "last_name", "Full Name", "Adresse"])
def test_names_of_people_are_personal(header: str) -> None:
    facts = column(header, *(f"Ann{i} Other" for i in range(30)))
    assert is_personal(facts)
    assert not is_personal(column("product name", *(f"Ann{i} Other" for i in range(30))))


@pytest.mark.parametrize("other", ["inf", "+5", ".5"])
def test_the_cell_that_is_no_number_is_shown(other: str) -> None:
    found = guessed(column("x", "1.5", "2.5", other, rows=60))
    assert found.notes[0] == f"Guess: text, because not every value is a number, as in {other!r}."
