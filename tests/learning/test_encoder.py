from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, TypedDict

import numpy as np
import pandas as pd
import pytest

from titanic_mlops.learning.encoder import MAX_LEVELS, Encoder, fit_encoder
from titanic_mlops.learning.encodings import (
    DatePartsEncoding,
    Encoding,
    MembersEncoding,
    NumericEncoding,
    OneHotEncoding,
    OrderedEncoding,
    WordsEncoding,
)
from titanic_mlops.learning.training import records_of
from titanic_mlops.problems.base import (
    Column,
    DateParts,
    Feature,
    Members,
    Numeric,
    OneHot,
    Ordered,
    Problem,
    Record,
    Scalar,
    Words,
)

TITLE = r",\s*([^.]+)\."
ENCODINGS = (
    NumericEncoding("age", 28.0),
    OneHotEncoding("port", ("C", "S")),
    WordsEncoding("advert", ("a", "garden")),
    OrderedEncoding("cut", ("Fair", "Good", "Ideal"), 1.0),
    MembersEncoding("genres", ("Action", "Drama"), "|"),
    DatePartsEncoding("sold", ("year", "month", "weekday", "days"), "2020-01-01", (2020, 6, 3, 9)),
)


def inputs_of(encoding: Encoding, value: Scalar) -> list[float]:
    return [float(x) for x in Encoder([encoding]).encode({encoding.column: value})]


class Invented(TypedDict):
    """Columns of every type that a feature reads."""

    age: Annotated[float | None, Column(description="age")]
    port: Annotated[str | None, Column(description="port")]
    Pclass: Annotated[str, Column(description="class")]
    title: Annotated[str | None, Column(description="title")]
    Name: Annotated[str, Column(description="name")]
    cut: Annotated[Literal["Fair", "Good", "Ideal"] | None, Column(description="cut")]
    genres: Annotated[list[str] | None, Column(description="genres", separator=";")]
    sold: Annotated[date | None, Column(description="day of the sale")]
    price: Annotated[float, Column(description="price")]


INVENTED = Problem(
    name="invented",
    title="Columns of every type",
    record=Invented,
    task="regression",
    target="price",
    features=(Numeric("age"),),
)


def fitted_to(feature: Feature, values: list[Scalar]) -> Encoding:
    records = [{feature.column: value} for value in values]
    return fit_encoder(INVENTED, records, [feature]).encodings[0]


def test_a_known_number_has_the_missing_flag_zero() -> None:
    assert inputs_of(NumericEncoding("age", 28.0), 22) == [22.0, 0.0]


def test_a_missing_number_becomes_the_median_with_a_flag() -> None:
    assert inputs_of(fitted_to(Numeric("age"), [9, None, 1, 2]), None) == [2.0, 1.0]


def test_the_median_of_an_even_count_is_the_midpoint() -> None:
    assert fitted_to(Numeric("age"), [1, 10, 2, 3]) == NumericEncoding("age", 2.5)


def test_the_most_frequent_levels_are_kept_and_the_rest_shares_one() -> None:
    values: list[Scalar] = [f"t{n:04}" for n in range(8000) for _ in range(2 + (n < 60))]
    encoding = fitted_to(OneHot("title", min_count=2), values)
    assert isinstance(encoding, OneHotEncoding)
    assert encoding.levels == tuple(f"t{n:04}" for n in range(MAX_LEVELS))
    assert (
        inputs_of(encoding, "t7000") == inputs_of(encoding, "t0055") == [0.0] * MAX_LEVELS + [1.0]
    )


def test_a_level_below_the_minimum_is_not_kept() -> None:
    encoding = fitted_to(OneHot("title", min_count=3), [*"aaabb"])
    assert isinstance(encoding, OneHotEncoding)
    assert encoding.levels == ("a",)


def test_a_column_without_any_number_is_filled_with_zero() -> None:
    assert fitted_to(Numeric("age"), [None, None]) == NumericEncoding("age", 0.0)


def test_zero_is_a_number_and_not_missing() -> None:
    assert inputs_of(NumericEncoding("age", 28.0), 0) == [0.0, 0.0]


def test_a_number_beyond_float32_becomes_the_largest_float32() -> None:
    largest = float(np.finfo(np.float32).max)
    assert inputs_of(NumericEncoding("x", 0.0), 1e300) == [largest, 0.0]
    assert inputs_of(NumericEncoding("x", 0.0), -1e300) == [-largest, 0.0]
    assert inputs_of(NumericEncoding("x", 1e300), None) == [largest, 1.0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("C", [1, 0, 0]),
        ("S", [0, 1, 0]),
        ("Q", [0, 0, 1]),
        ("", [0, 0, 1]),
        ("c", [0, 0, 1]),
        (None, [0, 0, 0]),
    ],
)
def test_one_hot_inputs_of_known_unknown_and_missing_levels(
    value: Scalar, expected: list[float]
) -> None:
    assert inputs_of(OneHotEncoding("port", ("C", "S")), value) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_absent_column_is_encoded_like_none(encoding: Encoding) -> None:
    without = Encoder([encoding]).encode({"something else": 1})
    assert without.tolist() == inputs_of(encoding, None)


def test_a_level_needs_min_count_rows() -> None:
    seen: list[Scalar] = [*["S"] * 3, *["C"] * 2, None, None, None]
    assert fitted_to(OneHot("port", min_count=3), seen) == OneHotEncoding("port", ("S",))


def test_levels_are_sorted() -> None:
    encoding = fitted_to(OneHot("port", min_count=1), ["S", "C", "Q"])
    assert encoding == OneHotEncoding("port", ("C", "Q", "S"))


def test_an_integer_level_is_named_by_its_digits() -> None:
    encoding = fitted_to(OneHot("Pclass", min_count=1), [3, 1])
    assert encoding == OneHotEncoding("Pclass", ("1", "3"))
    assert inputs_of(encoding, 3) == [0, 1, 0]


def test_the_level_of_a_pattern_is_its_first_group() -> None:
    encoding = fitted_to(OneHot("Name", TITLE, 1), ["Braund, Mr. Owen", "Heikkinen, Miss. L."])
    assert encoding == OneHotEncoding("Name", ("Miss", "Mr"), TITLE)
    assert inputs_of(encoding, "Ødegård, Mr. Åge") == [0, 1, 0]


def test_a_text_without_the_pattern_falls_to_other_unless_frequent() -> None:
    never_seen = fitted_to(OneHot("Name", TITLE, 2), ["A, Mr. B"] * 2)
    assert inputs_of(never_seen, "no title") == [0, 1]
    often_seen = fitted_to(OneHot("Name", TITLE, 2), ["A, Mr. B", "x"] * 2)
    assert inputs_of(often_seen, "no title") == [1, 0, 0]


def test_a_pattern_without_a_group_is_rejected() -> None:
    with pytest.raises(ValueError, match="group"):
        OneHotEncoding("Name", (), r"Mr\.").encoder()


def test_words_are_found_in_lower_case_in_any_script() -> None:
    encoding = fitted_to(Words("title", min_count=2), ["Größe! GRÖßE; Дом", "größe (дом)_x"])
    assert encoding == WordsEncoding("title", ("größe", "дом"))
    assert inputs_of(encoding, "ein DOM, ein Дом") == [0, 1]


def test_a_word_twice_in_one_text_is_seen_once() -> None:
    assert fitted_to(Words("title", min_count=2), ["very very", "good"]).names == ()


def test_only_the_most_frequent_words_are_read() -> None:
    values: list[Scalar] = ["a b", "a c", "b a"]
    assert fitted_to(Words("title", min_count=1, most=2), values).names == ("title: a", "title: b")


def test_texts_without_words_or_with_surrogates_are_encoded() -> None:
    encoding = WordsEncoding("advert", ("a", "b"))
    assert inputs_of(encoding, "!? ") == [0, 0]
    assert inputs_of(encoding, "a\ud800b") == [1, 1]


def test_an_ordered_category_is_its_declared_place() -> None:
    encoding = fitted_to(Ordered("cut"), ["Ideal", "Fair", "Ideal", None])
    assert [inputs_of(encoding, cut) for cut in ("Fair", "Good", "Ideal", None)] == [
        [0.0, 0.0],
        [1.0, 0.0],
        [2.0, 0.0],
        [2.0, 1.0],
    ]


def test_each_member_of_a_set_sets_its_input() -> None:
    encoding = fitted_to(Members("genres", min_count=2), ["Action;Drama", "Action", "Drama", "War"])
    assert encoding == MembersEncoding("genres", ("Action", "Drama"), ";")
    assert inputs_of(encoding, "Drama;Noir;War") == [0, 1, 2]
    assert inputs_of(encoding, "") == inputs_of(encoding, None) == [0, 0, 0]


def test_parts_of_a_date_do_not_depend_on_today() -> None:
    feature = DateParts("sold", ("year", "month", "weekday", "days"), since=date(2024, 2, 28))
    encoding = fitted_to(feature, ["2024-03-01", None])
    assert inputs_of(encoding, "2024-03-01") == [2024, 3, 4, 2, 0]
    assert inputs_of(encoding, None) == [2024, 3, 4, 2, 1]
    assert inputs_of(encoding, "2023-12-31T23:59:00") == [2023, 12, 6, -59, 0]


def test_a_time_has_an_hour() -> None:
    assert inputs_of(fitted_to(DateParts("sold", ("hour",)), []), "2024-03-01T17:30:00") == [17, 0]


def test_inputs_are_rounded_to_float32() -> None:
    encoded = Encoder([NumericEncoding("age", 0.1)]).encode({"age": 0.1})
    assert encoded.dtype == np.float32
    assert encoded[0] == np.float32(0.1)
    assert float(encoded[0]) != 0.1


def test_encodings_survive_a_round_trip_through_json(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    records = records_of(titanic_rows, "TRAIN")
    encoder = fit_encoder(titanic, records, [*titanic.features, Words("Ticket", 2)])
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.encodings == encoder.encodings
    assert np.array_equal(again.encode_all(records), encoder.encode_all(records))


def test_the_real_table_has_four_frequent_titles(
    titanic: Problem, titanic_training: list[Record]
) -> None:
    (encoding,) = fit_encoder(titanic, titanic_training, [OneHot("Name", TITLE)]).encodings
    assert isinstance(encoding, OneHotEncoding)
    assert encoding.levels == ("Master", "Miss", "Mr", "Mrs")


def test_input_names_are_in_the_order_of_inputs() -> None:
    encoder = Encoder(ENCODINGS)
    encoded = dict(
        zip(encoder.input_names, encoder.encode({"age": 5, "port": "S"}).tolist(), strict=True)
    )
    assert encoded.pop("age") == 5
    assert encoded.pop("port=S") == 1
    assert (encoded.pop("cut missing"), encoded.pop("sold missing"), encoded["advert: a"]) == (
        1,
        1,
        0,
    )
    assert list(encoded)[:3] == ["age missing", "port=C", "port=other"]
    assert list(encoded)[3:6] == ["advert: a", "advert: garden", "cut"]


def test_a_value_changes_only_the_inputs_of_its_column() -> None:
    encoder = Encoder(ENCODINGS)
    steps: list[dict[str, Scalar]] = [{}, {"age": 5}, {"age": 5, "port": "S"}]
    steps.append({**steps[-1], "advert": "a garden"})
    for (before, after), column in zip(pairwise(steps), ("age", "port", "advert"), strict=True):
        changed = np.flatnonzero(encoder.encode(before) != encoder.encode(after))
        assert {encoder.input_columns[i] for i in changed} == {column}


def test_encode_all_equals_encode_of_each_record(titanic_training: list[Record]) -> None:
    encoder = Encoder([NumericEncoding("Age", 28.0), OneHotEncoding("Sex", ("female", "male"))])
    together = encoder.encode_all(titanic_training)
    assert together.shape == (627, 5)
    for record, row in zip(titanic_training, together, strict=True):
        assert np.array_equal(encoder.encode(record), row)
