"""What a user's SELECT may be, and how a page of a table is selected."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import Rejected, TitanicMlopsError, UnknownName
from titanic_mlops.ports import Table
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.tables.select import Page, page_of, require_select

TITANIC = load_problem("titanic")
NAMES = [table.name for table in tables_of(TITANIC)]
EVERYTHING = Page({}, (), 10, 0)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "select count(*) from training_set -- all of them",
        "WITH old AS (SELECT * FROM rejected) SELECT * FROM old",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "FROM training_set |> WHERE Age > 3",
        "SELECT R.rule FROM rejected AS F CROSS JOIN UNNEST(F.reasons) AS R",
        "SELECT * FROM another_dataset.its_table",
        "SELECT 1;",
    ],
)
def test_a_select_of_known_tables_is_allowed(sql: str) -> None:
    require_select(sql, NAMES)


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("INSERT INTO training_data (Age) VALUES (1)", "begins with INSERT"),
        ("CALL x()", "begins with CALL"),
        ("COPY training_data TO 'x.csv'", "begins with COPY"),
        ("", "begins with nothing"),
        ("-- SELECT 1", "begins with nothing"),
        ("SELECT 1; DROP TABLE training_data", "2 statements"),
        ("SELECT * INTO other FROM training_set", "not a SELECT"),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "not a SELECT"),
        ("SELECT 1\nFROM (", "line 2, column"),
        ("SELECT * FROM glob('/*')", "line 1, column 24, near ): a part is missing."),
        ("SELECT 'open", "quote or a comment left open"),
        ("SELECT * FROM read_csv('/etc/passwd')", "the function read_csv"),
        ("SELECT * FROM EXTERNAL_QUERY('a', 'b')", "the function external_query"),
        (f"SELECT {'(' * 99}1{')' * 99}", "nested too deeply"),
    ],
)
def test_anything_else_is_refused_with_its_fault(sql: str, word: str) -> None:
    with pytest.raises(Rejected) as raised:
        require_select(sql, NAMES)
    assert word in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_an_unknown_table_is_answered_by_all_names() -> None:
    with pytest.raises(UnknownName) as raised:
        require_select("SELECT * FROM Training_sets", NAMES)
    assert "no table Training_sets; did you mean training_set?" in str(raised.value)
    assert ", ".join(NAMES) in str(raised.value)


@pytest.mark.parametrize("problem", [TITANIC, FLATS], ids=lambda problem: str(problem.name))
def test_each_table_and_view_has_its_declared_columns(problem: Problem, tmp_path: Path) -> None:
    tables = tables_of(problem)
    warehouse = DuckDBWarehouse(tmp_path / "tables.duckdb")
    warehouse.ensure(tables)
    for table in tables:
        found = warehouse.query(f"SELECT * FROM {table.name}").column_names
        assert sorted(found) == sorted(field.name for field in table.fields), table.name
        assert warehouse.look(*page_of(table, EVERYTHING), most=9).num_rows == 0


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("PassengerId", "7", 7),
        ("Fare", "7.25", 7.25),
        ("Name", "x' OR TRUE --", "x' OR TRUE --"),
        ("ingested_at", "2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
    ],
)
def test_a_value_is_a_parameter_of_its_columns_type(column: str, text: str, value: object) -> None:
    sql, params = page_of(table_named("training_set"), Page({column: text}, (), 10, 0))
    assert f"`{column}` = @value_0" in sql
    assert text not in sql
    assert (params["value_0"], type(params["value_0"])) == (value, type(value))


@pytest.mark.parametrize(
    ("table", "where", "error", "word"),
    [
        ("training_set", {"Age": "old"}, Rejected, "it must be a number"),
        ("training_set", {"Pclass": "9" * 20}, Rejected, "it must be an integer"),
        ("training_set", {"ingested_at": "May"}, Rejected, "it must be a time"),
        ("evaluations", {"promoted": "yes"}, Rejected, "it must be true or false"),
        ("rejected", {"reasons": "Age"}, Rejected, "cannot be compared"),
        ("training_set", {"sex": "male"}, UnknownName, "did you mean Sex?"),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(
    table: str, where: dict[str, str], error: type[TitanicMlopsError], word: str
) -> None:
    with pytest.raises(error) as raised:
        page_of(table_named(table), Page(where, (), 10, 0))
    assert word in str(raised.value)


def table_named(name: str) -> Table:
    return next(table for table in tables_of(TITANIC) if table.name == name)
