from __future__ import annotations

import json

import pyarrow as pa
import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.ports import TYPES, Table, TableField
from titanic_mlops.problems import load_problem
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.problem import predictions_data, tables_of, training_data
from titanic_mlops.tables.schema import schema_json

TITANIC = load_problem("titanic")
PROBLEMS = [TITANIC, FLATS]
TABLES = {
    f"{problem.name} {table.name}": table
    for problem in PROBLEMS
    for table in tables_of(problem)
    if not table.view
}


@pytest.mark.parametrize("name", TABLES)
def test_a_schema_is_what_bigquery_reads(name: str) -> None:
    fields = json.loads(schema_json(TABLES[name]))
    names = [field["name"].lower() for field in fields]
    assert len(set(names)) == len(names)
    for field in fields:
        assert field["type"] in TYPES
        assert field["mode"] in {"REQUIRED", "NULLABLE", "REPEATED"}
        assert field["description"]
        assert ("fields" in field) == (field["type"] == "RECORD")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_partitioned_by_a_required_time(name: str) -> None:
    by_name = {field.name: field for field in TABLES[name].fields}
    partition = by_name[TABLES[name].partition]
    assert (partition.type, partition.mode) == ("TIMESTAMP", "REQUIRED")


def modes(table: Table) -> dict[str, tuple[str, str]]:
    return {field.name: (field.type, field.mode) for field in table.fields}


def test_titanic_columns_are_those_of_the_course() -> None:
    stored = modes(training_data(TITANIC))
    assert [(name, stored[name][0]) for name in list(stored)[:12]] == [
        ("PassengerId", "INT64"),
        ("Survived", "INT64"),
        ("Pclass", "INT64"),
        ("Name", "STRING"),
        ("Sex", "STRING"),
        ("Age", "FLOAT64"),
        ("SibSp", "INT64"),
        ("Parch", "INT64"),
        ("Ticket", "STRING"),
        ("Fare", "FLOAT64"),
        ("Cabin", "STRING"),
        ("Embarked", "STRING"),
    ]


def test_the_label_and_its_generation_are_nullable() -> None:
    stored = modes(training_data(TITANIC))
    assert stored["Survived"] == ("INT64", "NULLABLE")
    assert stored["label_generation"] == ("INT64", "NULLABLE")
    assert stored["PassengerId"] == ("INT64", "REQUIRED")
    assert stored["Age"] == ("FLOAT64", "NULLABLE")


ANSWERED = {"probability", "interval_low", "interval_high"}


def test_columns_that_a_request_may_lack_are_stored_as_nullable() -> None:
    kept = modes(predictions_data(TITANIC))
    absent = {c.name for c in TITANIC.inputs if c.nullable or c.optional}
    assert absent == {n for n, (_, m) in kept.items() if m == "NULLABLE"} - ANSWERED
    assert "Survived" not in kept


def test_the_prediction_of_a_regression_is_stored_as_a_float() -> None:
    assert modes(predictions_data(TITANIC))["prediction"] == ("INT64", "REQUIRED")
    assert modes(predictions_data(FLATS))["prediction"] == ("FLOAT64", "REQUIRED")


@pytest.mark.parametrize("name", TABLES)
def test_the_arrow_schema_has_the_same_columns(name: str) -> None:
    schema = arrow_schema(TABLES[name])
    assert schema.names == [field.name for field in TABLES[name].fields]
    for field, column in zip(TABLES[name].fields, schema, strict=True):
        assert column.nullable == (field.mode != "REQUIRED")
        if field.type == "RECORD":
            assert column.type == pa.list_(pa.struct([("field", "string"), ("rule", "string")]))


def test_the_schema_of_a_record_describes_its_fields() -> None:
    inner = TableField("b", "STRING", "NULLABLE", "inner")
    table = Table("t", (TableField("a", "RECORD", "REPEATED", "outer", (inner,)),))
    assert json.loads(schema_json(table))[0]["fields"] == [
        {"name": "b", "type": "STRING", "mode": "NULLABLE", "description": "inner"}
    ]
