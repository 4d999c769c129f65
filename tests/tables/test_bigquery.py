from __future__ import annotations

import json

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.ports import TYPES, Table, TableField
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.platform import EVALUATIONS, INGESTIONS, REJECTED_ROWS
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
def test_a_table_is_partitioned_by_a_moment_that_is_always_there(name: str) -> None:
    by_name = {field.name: field for field in TABLES[name].fields}
    partition = by_name[TABLES[name].partition]
    assert (partition.type, partition.mode) == ("TIMESTAMP", "REQUIRED")


def modes(table: Table) -> dict[str, tuple[str, str]]:
    return {field.name: (field.type, field.mode) for field in table.fields}


def test_the_columns_of_the_course_have_its_names_and_types_in_its_order() -> None:
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


def test_a_label_and_where_it_came_from_may_be_missing() -> None:
    stored = modes(training_data(TITANIC))
    assert stored["Survived"] == ("INT64", "NULLABLE")
    assert stored["label_generation"] == ("INT64", "NULLABLE")
    assert stored["PassengerId"] == ("INT64", "REQUIRED")
    assert stored["Age"] == ("FLOAT64", "NULLABLE")


def test_what_a_request_may_leave_out_is_nullable_where_it_is_kept() -> None:
    kept = modes(predictions_data(TITANIC))
    absent = {c.name for c in TITANIC.inputs if c.nullable or c.optional}
    assert absent == {n for n, (_, m) in kept.items() if m == "NULLABLE"} - {"probability"}
    assert "Survived" not in kept


def test_a_regression_keeps_its_prediction_as_a_number_with_a_fraction() -> None:
    assert modes(predictions_data(TITANIC))["prediction"] == ("INT64", "REQUIRED")
    assert modes(predictions_data(FLATS))["prediction"] == ("FLOAT64", "REQUIRED")


@pytest.mark.parametrize("name", TABLES)
def test_arrow_has_the_same_columns(name: str) -> None:
    schema = arrow_schema(TABLES[name])
    assert schema.names == [field.name for field in TABLES[name].fields]
    for field, column in zip(TABLES[name].fields, schema, strict=True):
        assert column.nullable == (field.mode != "REQUIRED")
        if field.type == "RECORD":
            assert column.type == pa.list_(pa.struct([("field", "string"), ("rule", "string")]))


def statements(problem: Problem) -> dict[str, str]:
    table, rejected = training_data(problem), REJECTED_ROWS
    ingestions = INGESTIONS
    views = {t.name: t.view for t in tables_of(problem) if t.view}
    return {
        **views,
        "merge training_data": sql.merge_training_data(problem, table, "staging"),
        "merge rejected_rows": sql.merge_rejected_rows(rejected, "staging"),
        "insert once": sql.insert_once(ingestions, ("file_id", "state")),
        "labelled rows": sql.labelled_rows(problem),
        "drop": sql.drop("staging"),
    }


@pytest.mark.parametrize("name", statements(TITANIC))
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.name)
def test_every_statement_is_one_of_bigquery(problem: Problem, name: str) -> None:
    (parsed,) = sqlglot.parse(statements(problem)[name], dialect="bigquery")
    assert parsed is not None
    assert not isinstance(parsed, exp.Command), "sqlglot did not understand it"
    assert list(parsed.find_all(exp.Table))


def test_every_column_is_written_by_an_insert_from_the_parameter_of_its_name() -> None:
    once = sql.insert_once(EVALUATIONS, ("evaluation_id",))
    parsed = sqlglot.parse_one(once, dialect="bigquery")
    fields = [field.name for field in EVALUATIONS.fields]
    assert [column.name for column in parsed.this.expressions] == fields
    assert [parameter.name for parameter in parsed.expression.expressions] == fields


def test_the_rows_of_a_training_are_the_labelled_ones_sorted_by_key() -> None:
    parsed = sqlglot.parse_one(sql.labelled_rows(TITANIC), dialect="bigquery")
    assert parsed.args["where"].sql() == "WHERE NOT Survived IS NULL"
    assert parsed.args["order"].sql() == "ORDER BY PassengerId"
    read = [column.name for column in parsed.expressions]
    assert read == [
        *(column.name for column in TITANIC.columns),
        *("split", "file_id", "row_number", "generation"),
    ]


def test_a_nested_column_is_described_to_its_depth() -> None:
    inner = TableField("b", "STRING", "NULLABLE", "inner")
    table = Table("t", (TableField("a", "RECORD", "REPEATED", "outer", (inner,)),))
    assert json.loads(schema_json(table))[0]["fields"] == [
        {"name": "b", "type": "STRING", "mode": "NULLABLE", "description": "inner"}
    ]
