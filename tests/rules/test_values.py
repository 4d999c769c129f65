from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Column, Dialect
from titanic_mlops.rules.cells import MISSING_WORDS, read_cell
from titanic_mlops.rules.faults import must_be
from titanic_mlops.rules.values import read_json, read_text

INT = Column(description="whole", name="n", type=int, minimum=-5, maximum=120)
FLOAT = Column(description="number", name="x", type=float, minimum=-5, maximum=120, unit="years")
FREE_INT = Column(description="any whole number", name="n", type=int)
FREE_FLOAT = Column(description="any number", name="x", type=float)
TEXT = Column(description="text", name="t", type=str, max_length=5)
PORT = Column(description="port", name="p", type=str, categories=("C", "S"))

BOOL = Column(description="flag", name="b", type=bool, words=("no", "Yes"))
DATE = Column(description="day", name="d", type=date)
TIME = Column(description="time", name="at", type=datetime)
SET = Column(description="set", name="s", type=list, separator="|", max_length=12)
MEMBERS = Column(description="set", name="s", type=list, categories=("a", "b"))
CODE = Column(description="code", name="c", type=int, minimum=0, unknown=(-1, 99), nullable=True)

# column, text, what it is read as: a value, or the rule it breaks
TEXTS: list[tuple[Column, str, object]] = [
    (INT, "7", 7),
    (INT, "1.0", 1),
    (INT, "1.000", 1),
    (INT, "007", 7),
    (INT, "-5", -5),
    (INT, "-0", 0),
    (INT, "120", 120),
    (INT, "121", "range"),
    (INT, "-6", "range"),
    (INT, "1.5", "type"),
    (INT, "1.", "type"),
    (INT, ".0", "type"),
    (INT, "1e1", "type"),
    (INT, "1_0", "type"),
    (INT, "+5", "type"),
    (INT, " 5", "type"),
    (INT, "5\n", "type"),
    (INT, "0x1", "type"),
    (INT, "٣", "type"),
    (INT, "³", "type"),
    (INT, "--5", "type"),
    (INT, "1,000", "type"),
    (INT, "true", "type"),
    (INT, "NaN", "type"),
    (INT, "null", "type"),
    (INT, "9" * 40, "range"),
    (INT, "0" * 41, "type"),
    (INT, "9" * 5000, "type"),
    (INT, "", "missing"),
    (FREE_INT, "9223372036854775807", 2**63 - 1),
    (FREE_INT, "9007199254740993", 2**53 + 1),
    (FREE_INT, "9223372036854775808", "range"),
    (FREE_INT, "-9223372036854775808", -(2**63)),
    (FREE_INT, "-9223372036854775809", "range"),
    (FLOAT, "1", 1.0),
    (FLOAT, "0.42", 0.42),
    (FLOAT, "-0", 0.0),
    (FLOAT, "-0.0", 0.0),
    (FLOAT, "120.0", 120.0),
    (FLOAT, "120.001", "range"),
    (FLOAT, "1e1", "type"),
    (FLOAT, "1_0.5", "type"),
    (FLOAT, "1.5.", "type"),
    (FLOAT, ".5", "type"),
    (FLOAT, "5.", "type"),
    (FLOAT, "+5", "type"),
    (FLOAT, "1,5", "type"),
    (FLOAT, "٣.5", "type"),
    (FLOAT, "NaN", "type"),
    (FLOAT, "nan", "type"),
    (FLOAT, "inf", "type"),
    (FLOAT, "-Infinity", "type"),
    (FLOAT, "0x1p3", "type"),
    (FLOAT, "", "missing"),
    (BOOL, "no", False),
    (BOOL, "YES", True),
    (BOOL, "yes", True),
    (BOOL, "yEs", "type"),
    (BOOL, "true", "type"),
    (BOOL, "1", "type"),
    (DATE, "2024-02-29", "2024-02-29"),
    (DATE, "2023-02-29", "type"),
    (DATE, "20240229", "type"),
    (DATE, "2024-02-29T00:00:00", "type"),
    (DATE, "29.02.2024", "type"),
    (TIME, "2024-02-29 07:05", "2024-02-29T07:05:00"),
    (TIME, "2024-02-29T07:05:09.5", "2024-02-29T07:05:09.500000"),
    (TIME, "2024-02-29T23:05:00-02:00", "2024-03-01T01:05:00"),
    (TIME, "2024-02-29T07:05:09Z", "2024-02-29T07:05:09"),
    (TIME, "0001-01-01T00:00+01:00", "type"),
    (TIME, "2024-02-29", "type"),
    (TIME, "2024-02-29T24:00", "type"),
    (SET, "b|a| b|", "a|b"),
    (SET, "|", "missing"),
    (SET, "abcdef|ghijkl", "length"),
    (SET, "a\0|b", "characters"),
    (MEMBERS, "b|a", "a|b"),
    (MEMBERS, "b|c", "category"),
    (CODE, "-1", "missing"),
    (CODE, "99.0", "missing"),
    (CODE, "98", 98),
    (TEXT, "Åge", "Åge"),
    (TEXT, " ", " "),
    (TEXT, "NaN", "NaN"),
    (TEXT, "12345", "12345"),
    (TEXT, "123456", "length"),
    (TEXT, "🚢🚢🚢🚢🚢", "🚢🚢🚢🚢🚢"),
    (TEXT, "a\0b", "characters"),
    (TEXT, "a\ud800", "characters"),
    (TEXT, "", "missing"),
    (PORT, "C", "C"),
    (PORT, "c", "category"),
    (PORT, "C ", "category"),
    (PORT, "a\ud800", "category"),
    (PORT, "", "missing"),
]

JSONS: list[tuple[Column, object, object]] = [
    (INT, 3, 3),
    (INT, 3.0, 3),
    (INT, -0.0, 0),
    (INT, "3", 3),
    (INT, 3.5, "type"),
    (INT, 1e300, "range"),
    (INT, 10**400, "range"),
    (INT, True, "type"),
    (INT, False, "type"),
    (INT, float("nan"), "type"),
    (INT, float("inf"), "type"),
    (INT, [], "type"),
    (INT, {}, "type"),
    (INT, [3], "type"),
    (INT, None, "missing"),
    (INT, 121, "range"),
    (FREE_INT, 2**63 - 1, 2**63 - 1),
    (FREE_INT, 2**63, "range"),
    (FREE_INT, 9.3e18, "range"),
    (FLOAT, 3, 3.0),
    (FLOAT, -0.0, 0.0),
    (FLOAT, "3.5", 3.5),
    (FLOAT, True, "type"),
    (FLOAT, float("-inf"), "type"),
    (FLOAT, -(10**400), "range"),
    (FREE_FLOAT, 10**400, "range"),
    (FREE_FLOAT, 1.7976931348623157e308, 1.7976931348623157e308),
    (FREE_FLOAT, float("inf"), "type"),
    (TEXT, "abc", "abc"),
    (TEXT, 5, "type"),
    (TEXT, True, "type"),
    (TEXT, ["a"], "type"),
    (TEXT, None, "missing"),
    (PORT, "S", "S"),
    (PORT, 1, "type"),
    (PORT, {"S": 1}, "type"),
    (BOOL, True, True),
    (BOOL, 1, "type"),
    (BOOL, "Yes", True),
    (DATE, "2024-02-29", "2024-02-29"),
    (DATE, 20240229, "type"),
    (SET, ["b", " a", "b"], "a|b"),
    (SET, [], "missing"),
    (SET, ["a|b"], "member"),
    (SET, ["a", ""], "type"),
    (SET, [1], "type"),
    (SET, "a|b", "type"),
    (SET, "", "missing"),
    (MEMBERS, ["c"], "category"),
    (CODE, 99.0, "missing"),
]


STORED: dict[type, type] = {date: str, datetime: str, list: str}


def outcome(read: object) -> object:
    return f"rule {read.rule}" if isinstance(read, Fault) else (read, type(read))


def expected(column: Column, value: object) -> object:
    rules = {"type", "range", "missing", "length", "characters", "category", "member"}
    return f"rule {value}" if value in rules else (value, STORED.get(column.type, column.type))


@pytest.mark.parametrize(("column", "text", "value"), TEXTS, ids=lambda v: ascii(v)[:30])
def test_a_text_is_read_exactly_or_breaks_a_rule(column: Column, text: str, value: object) -> None:
    read = read_text(column, text, may_be_absent=False)
    assert outcome(read) == expected(column, value)
    assert str(read) != "-0.0"


@pytest.mark.parametrize(("column", "value", "read_as"), JSONS, ids=lambda v: ascii(v)[:30])
def test_a_json_value_is_read_exactly_or_breaks_a_rule(
    column: Column, value: object, read_as: object
) -> None:
    read = read_json(column, value, may_be_absent=False)
    assert outcome(read) == expected(column, read_as)
    assert str(read) != "-0.0"


@pytest.mark.parametrize("column", [INT, FLOAT, TEXT, PORT])
def test_null_and_empty_text_are_missing_values(column: Column) -> None:
    assert read_text(column, "", may_be_absent=True) is None
    assert read_json(column, "", may_be_absent=True) is None
    assert read_json(column, None, may_be_absent=True) is None


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (INT, "n is 121, must be a whole number from -5 to 120"),
        (FLOAT, "x is 121, must be a number from -5 to 120 years"),
    ],
)
def test_a_fault_says_what_was_found_and_what_is_valid(column: Column, sentence: str) -> None:
    assert str(read_text(column, "121", may_be_absent=False)) == sentence


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (FREE_INT, "must be a whole number"),
        (FREE_FLOAT, "must be a number"),
        (Column(description="", type=float, unit="m"), "must be a number in m"),
        (Column(description="", type=int, minimum=1), "must be a whole number of at least 1"),
        (
            Column(description="", type=float, maximum=0.5, unit="m"),
            "must be a number of at most 0.5 m",
        ),
        (
            Column(description="", type=int, minimum=-1234567, maximum=2_000_000),
            "must be a whole number from -1234567 to 2000000",
        ),
        (BOOL, "must be no or Yes"),
        (DATE, "must be a date such as 2024-05-31"),
        (TIME, "must be a time such as 2024-05-31T17:30:00"),
        (SET, "must be a set of texts"),
        (MEMBERS, "must be a set from a, b"),
        (TEXT, "must be text of at most 5 characters"),
        (PORT, "must be one of C, S"),
    ],
)
def test_a_rule_is_described_in_words_and_digits(column: Column, words: str) -> None:
    assert must_be(column) == words


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000, 10**5000, [0] * 10_000, {"a": "b" * 10_000}],
    ids=["text", "number", "list", "object"],
)
def test_a_long_value_is_shortened(value: object) -> None:
    fault = read_json(INT, value, may_be_absent=False)
    assert isinstance(fault, Fault)
    assert len(fault.found) < 60


def test_a_lone_surrogate_is_shown_in_ascii() -> None:
    fault = read_text(TEXT, "\ud800", may_be_absent=False)
    assert isinstance(fault, Fault)
    assert fault.found.encode().isascii()


WORDS = ["NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null", "None", "NaN", "nan", "\\N", "?"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("column", [INT, FLOAT, TEXT, PORT], ids=lambda column: column.name)
def test_a_word_for_missing_means_the_same_in_every_column(column: Column, word: str) -> None:
    assert word in MISSING_WORDS
    assert read_cell(replace(column, nullable=True), word) is None
    assert read_cell(replace(column, nullable=True), "") is None
    fault = read_cell(column, word)
    assert isinstance(fault, Fault)
    assert (fault.rule, fault.found) == ("missing", f"is '{word}', a missing value")


@pytest.mark.parametrize("text", ["NAN1", "N A", "Nana", "nulls", "-", "??"])
def test_other_texts_are_no_missing_values(text: str) -> None:
    assert read_cell(replace(TEXT, nullable=True), text) == text


def test_a_word_that_is_declared_as_a_category_is_one() -> None:
    assert read_cell(replace(PORT, categories=("NA", "S"), nullable=True), "NA") == "NA"
    assert read_cell(replace(PORT, categories=("NA", "S"), nullable=True), "na") is None


def test_a_json_text_is_no_word_for_missing() -> None:
    """JSON has null: a word in its place is an error of the client."""
    fault = read_json(INT, "NA", may_be_absent=True)
    assert isinstance(fault, Fault)
    assert fault.rule == "type"


@pytest.mark.parametrize(
    ("column", "text"), [(INT, " 5"), (FLOAT, "5.5 "), (PORT, "\u00a0S"), (INT, "\t5")]
)
def test_a_space_around_a_value_is_named(column: Column, text: str) -> None:
    fault = read_cell(column, text)
    assert isinstance(fault, Fault)
    assert fault.expected.endswith(", without a space around it")


@pytest.mark.parametrize(("column", "text"), [(INT, " x"), (PORT, " x"), (INT, "x"), (INT, " ")])
def test_a_space_is_not_named_where_more_is_wrong(column: Column, text: str) -> None:
    fault = read_cell(column, text)
    assert isinstance(fault, Fault)
    assert "space" not in fault.expected


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1e1", ".", 10.0),
        ("-5E-01", ".", -0.5),
        ("2.5e+1", ".", 25.0),
        ("2,5e+1", ",", 25.0),
        ("2.5e+1", ",", "type"),
        ("1e3", ".", "range"),
        ("1e400", ".", "type"),
        ("1e", ".", "type"),
        ("1e1.5", ".", "type"),
        ("e1", ".", "type"),
        ("0" * 38 + "1e1", ".", "type"),
    ],
)
def test_a_float_in_a_file_may_have_an_exponent(text: str, decimal: str, value: object) -> None:
    read = read_cell(FLOAT, text, Dialect(delimiter=";", decimal=decimal))
    assert (read.rule if isinstance(read, Fault) else read) == value
    assert isinstance(read_cell(INT, "1e1"), Fault)
