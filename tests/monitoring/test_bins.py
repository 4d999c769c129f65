"""In which bin a value is counted."""

from __future__ import annotations

import pytest

from titanic_mlops.monitoring.bins import Bins, member_bins, number_bins, value_bins


def test_numbers_fall_below_between_and_above_what_training_saw() -> None:
    bins = number_bins("Age", "Age", [10.0, 20.0, 30.0, 40.0, None])
    assert bins.edges == (10.0, 20.0, 30.0, 40.0)
    places = [bins.place_of(value) for value in (9.9, 10.0, 20.0, 39.9, 40.0, 40.1, None)]
    assert places == [0, 1, 2, 3, 3, 4, 5]
    assert bins.counts == (0, 1, 1, 2, 0, 1)


def test_a_constant_column_has_one_bin_between_two_others() -> None:
    bins = number_bins("x", "x", [5, 5, 5])
    assert [bins.place_of(value) for value in (4, 5, 6, None)] == [0, 1, 2, 3]
    assert bins.counts == (0, 3, 0, 0)


def test_a_column_that_training_saw_empty_calls_every_value_new() -> None:
    bins = number_bins("x", "x", [None, None])
    assert bins.counts[-1] == 2
    assert bins.place_of(7) == 0


def test_ten_bins_hold_as_many_values_each() -> None:
    bins = number_bins("x", "x", list(range(1000)))
    assert set(bins.counts[1:-2]) <= {99, 100, 101}


def test_lengths_are_counted_of_texts() -> None:
    bins = number_bins("Name", "Name", ["ab", "abc", "abcd"], "lengths")
    assert [bins.place_of(text) for text in ("a", "xy", "wxyz", "vwxyz")] == [0, 1, 2, 3]


def test_the_most_frequent_values_have_bins_and_others_share_one() -> None:
    values = [str(number % 25) for number in range(50)] + ["7"] * 3
    bins = value_bins("deck", "deck", values)
    assert (bins.values[0], len(bins.values)) == ("7", 20)
    assert bins.place_of("7") == 0
    assert bins.place_of("new") == 20
    assert bins.place_of(None) == 21
    assert (bins.counts[0], sum(bins.counts)) == (5, 53)


def test_each_member_of_a_set_is_absent_or_present() -> None:
    drama, comedy = member_bins("genres", ["Drama|Comedy", "Drama", None], "|")
    assert (drama.name, drama.counts) == ("genres: Drama", (0, 2, 1))
    assert (comedy.name, comedy.counts) == ("genres: Comedy", (1, 1, 1))


@pytest.mark.parametrize("text", ["Dramatic", "Melo-Drama"])
def test_a_member_is_no_part_of_another(text: str) -> None:
    bins = Bins("genres: Drama", "genres", "member", values=("Drama",), separator="|")
    assert bins.place_of(text) == 0
