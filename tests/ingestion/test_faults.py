"""The sentence on a file's most frequent fault."""

from __future__ import annotations

import pytest

from tests.ingestion.outcome import Check
from tests.ingestion.test_check import HEADER, line


def worst(check: Check, *rows: bytes) -> str:
    return check(HEADER + b"".join(rows)).summary.worst


def test_the_most_frequent_fault_is_named_with_its_first_row(check: Check) -> None:
    rows = [line(1, age="130"), line(2), line(3, name=""), line(4, name="")]
    assert worst(check, *rows) == (
        "Name is missing in 2 of 4 rows (first: row 3); must be text of at most 200 characters"
    )


@pytest.mark.parametrize(
    ("ages", "found"),
    [
        (["130"], "is 130"),
        (["old", "old"], "is 'old'"),
        (["old", "young"], "is 'old' or 'young'"),
        (["a", "b", "c", "d"], "is 'a', 'b' or another wrong value"),
    ],
)
def test_the_values_found_are_named(ages: list[str], found: str, check: Check) -> None:
    rows = [line(key, age=age) for key, age in enumerate(ages, start=1)]
    many = f"{len(ages)} of {len(ages)} rows (first: row 1)"
    assert worst(check, *rows) == f"Age {found} in {many}; must be a number from 0 to 120 years"


def test_values_of_a_personal_column_are_never_named(check: Check) -> None:
    nul = worst(check, line(1, name="Zan\0zibar"))
    assert nul.startswith("Name is not valid in 1 of 1 rows (first: row 1); must be ")
    long = worst(check, line(1, name="Zanzibar" * 30))
    assert long.startswith("Name has 240 characters in 1 of 1 rows")


def test_a_word_for_missing_in_a_required_column_is_named(check: Check) -> None:
    rows = [line(key).replace(b"male", b"NA") for key in (1, 2)]
    assert worst(check, *rows) == (
        "Sex is 'NA', a missing value in 2 of 2 rows (first: row 1); must be one of female, male"
    )


def test_a_repeated_key_counts_with_its_first_row(check: Check) -> None:
    assert worst(check, line(5), line(4), line(5), line(4)).startswith(
        "PassengerId is repeated in a later row in 2 of 4 rows (first: row 1)"
    )


@pytest.mark.parametrize(
    ("name", "rule"),
    [(r'"Owen, \"Bob\" X"', "escaped by a backslash"), (' "Owen, Bob"', "a space before a quote")],
)
def test_the_kind_of_a_wrong_quote_is_named(name: str, rule: str, check: Check) -> None:
    assert rule in worst(check, line(1, name=name))


def test_a_file_without_faults_has_no_sentence(check: Check) -> None:
    assert worst(check, line(1)) == ""
