from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import INT64_RANGE, Column
from titanic_mlops.rules.ranges import integers, numbers
from titanic_mlops.rules.values import MAX_DIGITS, read_text

SMALL = st.integers(-130, 130)
INT64 = st.integers(*INT64_RANGE) | st.sampled_from(INT64_RANGE)
BOUNDS = st.tuples(SMALL, SMALL) | st.tuples(INT64, INT64) | st.tuples(SMALL, INT64)
RANGES = BOUNDS.map(sorted).map(tuple)
OPEN = st.tuples(st.none() | SMALL, st.none() | st.just(10**6))


def texts_near(low: int, high: int) -> st.SearchStrategy[str]:
    """Return texts of numbers within, at, and just outside a range, in all their spellings."""
    edges = st.sampled_from([low, high]).flatmap(lambda end: st.integers(end - 12, end + 12))
    number = edges | st.integers(low, high) | st.integers()
    sign = st.sampled_from(["", "", "", "-", "+", "--"])
    zeros = st.sampled_from(["", "", "0", "000"])
    tail = st.sampled_from(["", "", ".0", ".000", ".5", ".001", ".", ".0.0", "e0", " "])
    spelt = st.tuples(number, sign, zeros, tail)
    return spelt.map(lambda s: f"{s[1] or ('-' if s[0] < 0 else '')}{s[2]}{abs(s[0])}{s[3]}")


def is_read(column: Column, text: str) -> bool:
    return not isinstance(read_text(column, text, may_be_absent=False), Fault)


def matches(pattern: str, text: str) -> bool:
    return len(text) <= MAX_DIGITS and re.fullmatch(pattern, text) is not None


@given(range_=RANGES, data=st.data())
def test_the_pattern_of_a_whole_number_matches_the_texts_that_are_read(
    range_: tuple[int, int], data: st.DataObject
) -> None:
    low, high = range_
    text = data.draw(texts_near(low, high))
    column = Column(description="", type=int, minimum=low, maximum=high)
    assert matches(integers(low, high), text) == is_read(column, text)


@given(range_=st.tuples(SMALL, SMALL).map(sorted).map(tuple), data=st.data())
def test_the_pattern_of_a_number_matches_the_texts_that_are_read(
    range_: tuple[int, int], data: st.DataObject
) -> None:
    low, high = range_
    text = data.draw(texts_near(low, high))
    column = Column(description="", type=float, minimum=low, maximum=high)
    assert matches(numbers(low, high), text) == is_read(column, text)


@given(type_=st.sampled_from([int, float]), ends=OPEN, data=st.data())
def test_a_range_may_lack_an_end(
    type_: type[int | float], ends: tuple[int | None, int | None], data: st.DataObject
) -> None:
    low, high = ends
    column = Column(description="", type=type_, minimum=low, maximum=high)
    bounds = column.bounds
    pattern = integers if type_ is int else numbers
    text = data.draw(texts_near(low or -(2**63), high or 2**63) | texts_near(-(10**39), 10**40))
    assert matches(pattern(int(bounds[0]), int(bounds[1])), text) == is_read(column, text)


@given(range_=RANGES, data=st.data())
def test_whatever_a_pattern_makes_is_read(range_: tuple[int, int], data: st.DataObject) -> None:
    low, high = range_
    for type_, pattern in ((int, integers(low, high)), (float, numbers(low, high))):
        text = data.draw(st.from_regex(pattern, fullmatch=True))
        assume(len(text) <= MAX_DIGITS)
        assert low <= Decimal(text) <= high
        if type_ is int or max(abs(low), abs(high)) < 2**53:
            assert is_read(Column(description="", type=type_, minimum=low, maximum=high), text)


@pytest.mark.parametrize("text", ["120.00000000000000000001", "4.99999999999999999999"])
def test_what_float64_rounds_to_a_bound_is_read_though_it_lies_outside(text: str) -> None:
    column = Column(description="", type=float, minimum=5, maximum=120)
    assert is_read(column, text)
    assert not matches(numbers(5, 120), text)


@pytest.mark.parametrize(
    ("low", "high", "pattern"),
    [
        (1, 3, "0*[1-3]"),
        (0, 10, "-0*0|0*(?:[0-9]|10)"),
        (7, 1234, "0*(?:[7-9]|[1-9][0-9]{1,2}|1[0-1][0-9]{2}|12[0-2][0-9]|123[0-4])"),
    ],
)
def test_a_pattern_is_short_enough_to_be_read(low: int, high: int, pattern: str) -> None:
    assert integers(low, high) == rf"(?:{pattern})(?:\.0+)?"
