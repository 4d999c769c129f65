from __future__ import annotations

from dataclasses import replace

import pytest

from tests.draft.facts import column, table
from titanic_mlops.draft.date_order import DATES, DAY, MONTH
from titanic_mlops.draft.facts import ColumnFacts
from titanic_mlops.draft.guess import CLASS, NUMBER
from titanic_mlops.draft.table import Draft, draft, questions
from titanic_mlops.errors import DraftRefused

X = column("x", *(f"{i}.5" for i in range(40)))


def drafted(target: ColumnFacts, *others: ColumnFacts, **answers: str) -> Draft:
    return draft(table(*(others or (X,)), target), target.header, "shop", answers=answers)


def test_the_rarer_class_is_the_second() -> None:
    target = drafted(column("left", "stays", "stays", "goes", rows=40)).target
    assert (target.task, target.column.categories) == ("classification", ("stays", "goes"))
    assert target.column.notes[0].endswith("because the other one is more frequent.")


def test_yes_is_the_second_class_however_frequent() -> None:
    target = drafted(column("left", "Yes", "Yes", "No", rows=40)).target
    assert target.column.categories == ("No", "Yes")


@pytest.mark.parametrize(
    "words", [("Yes", "yes", "No"), ("low", "Low", "medium", "high"), ("a", "A", "b")]
)
def test_words_that_differ_in_case_are_all_classes(words: tuple[str, ...]) -> None:
    """A declaration with one of them would reject the rows with the other."""
    assert {*drafted(column("left", *words, rows=40)).target.column.categories} == {*words}


def test_a_target_that_the_header_repeats_is_named() -> None:
    """It is among the columns of no name of their own, so it seemed not to be there."""
    found = replace(table(X), repeated=("y",))
    with pytest.raises(DraftRefused, match="more than one column 'Y'; give each its own name"):
        draft(found, "Y", "shop")


def test_a_price_of_minus_one_is_unknown_in_a_target_too() -> None:
    target = drafted(column("price", *(f"{100 + i}.5" for i in range(38)), "-1", "-1")).target
    assert (target.task, target.column.arguments["unknown"]) == ("regression", (-1,))
    assert target.column.arguments["minimum"] == 82
    assert target.column.notes == ("Guess: -1 means that the value is unknown.",)


def test_zero_and_one_stay_whole_numbers() -> None:
    target = drafted(column("left", "0", "1", "", rows=40)).target
    assert (target.column.type, target.labels) == ("int", ("no", "yes"))
    assert target.column.nullable
    assert target.column.optional


def test_two_other_numbers_are_words() -> None:
    target = drafted(column("sex", "2", "1", rows=40)).target
    assert (target.task, target.column.categories) == ("classification", ("1", "2"))


@pytest.mark.parametrize(
    ("cells", "answer", "task"),
    [
        ("012", "", "multiclass"),
        ("358", "", "regression"),
        ("012", NUMBER, "regression"),
        ("358", CLASS, "multiclass"),
    ],
)
def test_few_whole_numbers_are_asked_about(cells: str, answer: str, task: str) -> None:
    facts = column("kind", *cells, rows=40)
    first = next(questions(table(X, facts), "kind"))
    assert first.subject == "kind"
    assert drafted(facts, **({"kind": answer} if answer else {})).target.task == task


def test_a_skewed_target_is_learned_as_its_logarithm() -> None:
    prices = column("price", *(str(2**i) for i in range(5, 15)), rows=40)
    target = drafted(prices).target
    assert (target.task, target.transform) == ("regression", "log")
    assert target.column.arguments["minimum"] == 10
    assert drafted(X, column("y", *(f"{i}.5" for i in range(9, 49)))).target.transform == ""


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("",), "the target y is empty in every row; choose a column with values."),
        (("a",), "the target y is 'a' in every row, so there is nothing to predict"),
        (tuple(f"w{i}" for i in range(40)), "has 40 classes with one row each"),
        (tuple(f"w{i}" for i in range(20)), "has 20 classes; at most 10 can be learned"),
        (("2024-01-31", "2024-02-01"), "holds dates, which no task predicts"),
        (("1,234", "5,678"), "thousands separators"),
    ],
)
def test_what_cannot_be_learned_is_refused(cells: tuple[str, ...], said: str) -> None:
    with pytest.raises(DraftRefused, match=said):
        drafted(column("y", *cells, rows=40))


def test_a_misspelt_target_is_named() -> None:
    with pytest.raises(DraftRefused, match=r"has no column 'chrun'; did you mean Churn\?"):
        draft(table(X, column("Churn", "a", "b", rows=40)), "chrun", "shop")


def test_a_table_without_inputs_is_refused() -> None:
    said = "no column is left to predict y from: id: Guess: it identifies a row."
    with pytest.raises(DraftRefused, match=said):
        drafted(column("y", "a", "b", rows=40), column("id", *(f"C{i}" for i in range(40))))


def test_repeated_names_are_a_reason_why_no_column_is_left() -> None:
    found = replace(table(column("y", "a", "b", rows=40)), repeated=("x",))
    with pytest.raises(DraftRefused, match="from: x: more than one column has this name"):
        draft(found, "y", "shop")


def test_a_column_that_leaks_is_left_out() -> None:
    facts = table(X, column("copy", "1.5", "2.5", rows=40), column("y", "a", "b", rows=40))
    found = draft(facts, "y", "shop", left_out={"copy": "it alone predicts y."})
    assert [column.name for column in found.features] == ["x"]
    assert found.columns[1].notes[-1] == "Left out of the features: it alone predicts y."


def test_the_order_of_day_and_month_is_asked_once() -> None:
    unsure = column("on", "02/03/2024", "04/05/2024", rows=40)
    target = column("y", "a", "b", rows=40)
    (asked,) = questions(table(unsure, X, target), "y")
    assert (asked.subject, asked.choices[0][0]) == (DATES, DAY)
    stated = drafted(target, unsure, X)
    assert (stated.dates, stated.date_note[:34]) == (
        "%d/%m/%Y",
        "Guess: the day is written first; o",
    )
    answered = drafted(target, unsure, X, dates=MONTH)
    assert (answered.dates, answered.date_note) == ("%m/%d/%Y", "")
    certain = column("until", "02/03/2024", "04/25/2024", rows=40)
    assert list(questions(table(unsure, certain, target), "y")) == []
    both = drafted(target, unsure, certain)
    assert (both.dates, both.date_note) == ("%m/%d/%Y", "")


def test_dates_in_a_second_format_become_text() -> None:
    first = column("a", "01.02.2024", "31.03.2024", rows=40)
    second = column("b", "2024/02/01", "2024/03/01", rows=40)
    found = drafted(column("y", "a", "b", rows=40), first, second, X)
    assert [c.type for c in found.columns] == ["date", "str", "float", "Literal"]
