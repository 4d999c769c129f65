from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests import content_schema
from tests.invented_problem import PROBLEM as FLATS
from tests.invented_problem import Flat
from titanic_mlops.derive.jsonschema import request_schema
from titanic_mlops.errors import RequestInvalid
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.request import read_request

TITANIC = load_problem("titanic")
PROBLEMS = [TITANIC, FLATS]
PASSENGER = {"Pclass": 3, "Sex": "male", "SibSp": 0, "Parch": 0}
FLAT = {"flat": "1", "house": "2", "area": 50.5, "heating": "gas"}
COMPLETE = {"titanic": PASSENGER, "flats": FLAT}


def faults_of(problem: Problem, request: object) -> dict[str, str]:
    with pytest.raises(RequestInvalid) as invalid:
        read_request(problem, request)
    return {fault.field: fault.rule for fault in invalid.value.faults}


def is_read(problem: Problem, request: object) -> bool:
    try:
        read_request(problem, request)
    except RequestInvalid:
        return False
    return True


def test_an_absent_optional_column_is_none() -> None:
    record = read_request(TITANIC, PASSENGER)
    assert list(record) == [column.name for column in TITANIC.inputs]
    assert {name for name, value in record.items() if value is not None} == set(PASSENGER)


def test_the_record_of_the_courses_page_is_read() -> None:
    sent = {"Pclass": "2", "Age": "", "Name": "", "Cabin": "", "Fare": "7.25", "Embarked": None}
    record = read_request(TITANIC, {**PASSENGER, **sent})
    assert (record["Pclass"], record["Fare"]) == (2, 7.25)
    assert [record[name] for name in ("Age", "Name", "Cabin", "Embarked")] == [None] * 4


def test_every_faulty_field_is_reported_at_once() -> None:
    faulty = {"Pclass": 4, "Sex": "m", "Age": True, "Parch": 1.5, "Fare": "1e3", "Title": "Mr"}
    faulty |= {"Name": "x" * 201, "Embarked": "X", "Survived": 1, "Ticket": "\0"}
    assert faults_of(TITANIC, faulty) == {
        "Pclass": "range",
        "Sex": "category",
        "Age": "type",
        "SibSp": "missing",
        "Parch": "type",
        "Fare": "type",
        "Title": "unknown",
        "Name": "length",
        "Embarked": "category",
        "Survived": "target",
        "Ticket": "characters",
    }


def sentence_of(request: dict[str, object]) -> str:
    with pytest.raises(RequestInvalid) as invalid:
        read_request(TITANIC, {**PASSENGER, **request})
    return invalid.value.detail


def test_an_unknown_field_is_invalid_and_the_closest_is_named() -> None:
    assert sentence_of({"Sibsp": 1}) == "Sibsp is not a field, did you mean SibSp?"
    assert sentence_of({"shoe size": 1}) == "shoe size is not a field, must be left out"
    assert len(sentence_of({"x" * 5000: 1})) < 100


def test_the_target_in_a_request_is_invalid() -> None:
    assert sentence_of({"Survived": None}) == "Survived is the target, must be left out"


@pytest.mark.parametrize("request_", [None, [], "text", 3, True, [PASSENGER]])
def test_a_request_that_is_no_object_is_invalid(request_: object) -> None:
    assert faults_of(TITANIC, request_) == {"": "type"}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_the_schema_is_valid_and_accepts_its_example(problem: Problem) -> None:
    schema = request_schema(problem)
    Draft202012Validator.check_schema(schema)
    example = COMPLETE[problem.name]
    assert set(schema["required"]) <= set(example)
    assert Draft202012Validator(schema).is_valid(example)
    assert is_read(problem, example)


NUMBERS = (
    st.integers(-2, 130)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.sampled_from([0.5, 1.0, 3.0, 10**20, -(10**400)])
)
TEXTS = (
    # half characters are no JSON text; Python's $ also matches before a last newline
    st.text(st.characters(codec="utf-8"), max_size=60).filter(lambda text: text[-1:] != "\n")
    | st.sampled_from(["male", "female", "gas", "C", "Q", "x" * 51, "x" * 201, "a\0b", "x" * 501])
    | st.sampled_from(["", "٣", "1_0", "1e3", "+5", "true", "NaN", "0x1", "1.", ".5", "2.5", "2.0"])
    | st.sampled_from(["0" * 41, "0" * 39 + "1.00", "--1", "1-", "2.05", "1.0.0"])
    | st.sampled_from(["120", "120.00", "120.01", "-0.0", "-0.01", "4.99", "9" * 19])
    | st.integers(-2, 1001).map(str)
)
VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | NUMBERS | TEXTS | st.just([]) | st.just({})
)


def requests(problem: Problem) -> st.SearchStrategy[dict[str, Any]]:
    """Return requests with one member more, less, or another than in a complete one."""
    names = [c.name for c in problem.columns] + ["Titel"]
    complete = COMPLETE[problem.name]
    changed = st.tuples(st.sampled_from(names), VALUES).map(lambda m: {**complete, m[0]: m[1]})
    without = st.sampled_from(sorted(complete)).map(
        lambda name: {n: v for n, v in complete.items() if n != name}
    )
    return changed | changed | changed | without


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_schema_and_reader_agree_after_one_change(problem: Problem, data: st.DataObject) -> None:
    request, schema = data.draw(requests(problem)), request_schema(problem)
    read = is_read(problem, request)
    assert content_schema.is_valid(schema, request) == read
    assert Draft202012Validator(schema).is_valid(request) == (
        read or is_text_out_of_range(problem, request)
    )


def is_text_out_of_range(problem: Problem, request: dict[str, Any]) -> bool:
    """Return whether every fault of a request is a number as text beyond its bounds."""
    faults = faults_of(problem, request)
    return all(rule == "range" and isinstance(request[name], str) for name, rule in faults.items())


@pytest.mark.parametrize(
    ("name", "text"),
    [("Pclass", "4"), ("Pclass", "-1.00"), ("Age", "120.01"), ("PassengerId", str(2**63))],
)
def test_only_content_schema_forbids_a_text_out_of_range(name: str, text: str) -> None:
    request, schema = {**PASSENGER, name: text}, request_schema(TITANIC)
    assert Draft202012Validator(schema).is_valid(request)
    assert not content_schema.is_valid(schema, request)
    assert faults_of(TITANIC, request) == {name: "range"}


def test_the_schema_says_the_range_of_a_text_in_words() -> None:
    _, text, *_ = request_schema(TITANIC)["properties"]["Age"]["anyOf"]
    assert text["description"] == "a number from 0 to 120 years, as text"
    assert text["contentSchema"] == {"type": "number", "minimum": 0, "maximum": 120}
    assert text["pattern"] == r"^-?[0-9]+(\.[0-9]+)?$"


@pytest.mark.parametrize(
    "text", ["٣", "1_0", "1e3", "+5", "true", "NaN", "0x1", "1.", ".5", "0" * 41, "--1", "1-"]
)
@pytest.mark.parametrize("name", ["Pclass", "Age"])
def test_a_malformed_number_is_invalid_for_both(name: str, text: str) -> None:
    request = {**PASSENGER, name: text}
    assert not is_read(TITANIC, request)
    assert not Draft202012Validator(request_schema(TITANIC)).is_valid(request)


@pytest.mark.parametrize(("problem", "name"), [(TITANIC, "Ticket"), (FLATS, "house")])
@pytest.mark.parametrize("text", ["", "a\0b", "x" * 51, "x\n", "🚢" * 20, "🚢" * 21])
def test_a_text_is_valid_for_both_or_neither(problem: Problem, name: str, text: str) -> None:
    request = {**COMPLETE[problem.name], name: text}
    valid = Draft202012Validator(request_schema(problem)).is_valid(request)
    assert valid == is_read(problem, request)


class Share(Flat):
    share: Annotated[float, Column(description="part", minimum=0, maximum=0.5)]


def test_a_range_may_end_in_a_fraction() -> None:
    schema = request_schema(replace(FLATS, record=Share))
    assert content_schema.is_valid(schema, {**FLAT, "share": 0.5})
    assert not content_schema.is_valid(schema, {**FLAT, "share": 0.6})
    assert content_schema.is_valid(schema, {**FLAT, "share": "0.5"})
    assert not content_schema.is_valid(schema, {**FLAT, "share": "0.6"})
    assert not content_schema.is_valid(schema, {**FLAT, "share": "6e-1"})


def test_the_schema_is_plain_json_with_descriptions() -> None:
    schema = json.loads(json.dumps(request_schema(TITANIC)))
    assert schema["title"] == "Passenger"
    assert all(property_["description"] for property_ in schema["properties"].values())
    assert "Survived" not in schema["properties"]
