"""Every statement is in BigQuery's dialect and calls only functions that both engines agree on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NotRequired, TypedDict

import pyarrow as pa
import pytest
from sqlglot import exp, parse, parse_one

from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.monitoring.counting_sql import counting
from titanic_mlops.monitoring.facets import Facet
from titanic_mlops.ports import Table
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Column, Numeric, Problem
from titanic_mlops.tables import erasures
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.platform import EVALUATIONS, REJECTED_ROWS
from titanic_mlops.tables.problem import tables_of, training_data
from titanic_mlops.tables.select import Page, page_of


class Row(TypedDict):
    """A record whose columns are reserved words of SQL."""

    order: Annotated[int, Column(description="the key")]
    group: Annotated[str, Column(description="the split key")]
    limit: Annotated[float | None, Column(description="a feature")]
    select: NotRequired[Annotated[float | None, Column(description="the target")]]


RESERVED = Problem(
    name="reserved",
    title="Reserved words",
    record=Row,
    task="regression",
    key="order",
    split_key="group",
    target="select",
    target_labels=(),
    features=(Numeric("limit"),),
)
TITANIC = load_problem("titanic")
PACKAGE = Path(__file__).parents[2] / "src" / "titanic_mlops"
VERBS = ("SELECT ", "INSERT ", "MERGE ", "UPDATE ", "DELETE ", "DROP ")
ENGINES_OWN = ("adapters",)  # an adapter uses the dialect of its engine


FACETS = (
    Facet("n", "n", "number", edges=(0.0, 1.0)),
    Facet("d", "d", "date", edges=("2024-05-01", "2024-05-31")),
    Facet("l", "l", "length", edges=(1, 9)),
    Facet("c", "c", "category", groups=(("a", "b"),)),
    Facet("f", "f", "flag"),
    Facet("m=a", "m", "member", groups=(("a",),), separator="|"),
)


def derived(problem: Problem) -> Iterator[str]:
    for table in tables_of(problem):
        if table.view:
            yield table.view
        else:
            yield sql.insert_once(table, unless_equal=[table.fields[0].name])
    yield sql.append_rows(training_data(problem), "staging")
    yield sql.append_rows(REJECTED_ROWS, "staging")
    yield sql.labelled_rows(problem)
    yield sql.known_labels(problem)
    yield sql.merged_rows(problem)
    yield sql.insert(EVALUATIONS)
    yield sql.drop("staging")
    yield erasures.personal_values(problem)
    yield erasures.delete_accepted(problem)
    yield erasures.delete_predictions_by_key(problem)
    if problem.personal_columns:
        yield erasures.delete_predictions_by_values(problem)
    for table in (training_data(problem), REJECTED_ROWS):
        yield erasures.ids_of_file(table)
        yield erasures.delete_from_file(table)
    yield sql.count_rows({"t": "training_data"})
    for table in tables_of(problem):
        yield page_of(table, Page({table.fields[0].name: ""}, (), 10, 0))[0]
    yield sql.UNDECIDED_DEAD_LETTERS
    now = datetime(2024, 5, 1, tzinfo=UTC)
    yield counting(FACETS, since=now, until=now, version=1)[0]


def written() -> Iterator[str]:
    """Yield the statements that modules hold as one string."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in ENGINES_OWN:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and text.startswith(VERBS) and " FROM " in text:
                    yield text


WHOLE = (text for text in written() if not text.endswith((" ", "(")))
STATEMENTS = sorted({*derived(TITANIC), *derived(RESERVED), *WHOLE})


def test_the_statements_are_found() -> None:
    assert len(STATEMENTS) >= 16


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda text: text[:60])
def test_a_statement_calls_only_listed_functions(statement: str) -> None:
    tree = parse_one(statement, read="bigquery")
    called = {
        node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
        for node in tree.find_all(exp.Func)
    }
    assert called <= sql.FUNCTIONS


@pytest.mark.parametrize(
    "name", ["TIMESTAMP_DIFF(a, b, DAY)", "FARM_FINGERPRINT(a)", "CAST(a AS INT64)"]
)
def test_the_lint_finds_a_function_that_is_not_listed(name: str) -> None:
    with pytest.raises(AssertionError):
        test_a_statement_calls_only_listed_functions(f"SELECT {name} FROM t")


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda text: text[:60])
def test_bigquerys_dialect_has_every_statement(statement: str) -> None:
    (parsed,) = parse(statement, dialect="bigquery")
    assert parsed is not None
    assert not isinstance(parsed, exp.Command), "sqlglot did not understand it"
    assert list(parsed.find_all(exp.Table))


def test_an_insert_has_one_parameter_for_each_column() -> None:
    once = sql.insert_once(EVALUATIONS, ("evaluation_id",))
    parsed = parse_one(once, dialect="bigquery")
    fields = [field.name for field in EVALUATIONS.fields]
    assert [column.name for column in parsed.this.expressions] == fields
    assert [parameter.name for parameter in parsed.expression.expressions] == fields


def test_a_training_reads_labelled_rows_sorted_by_key() -> None:
    parsed = parse_one(sql.labelled_rows(TITANIC), dialect="bigquery")
    assert parsed.args["where"].sql("bigquery") == "WHERE NOT `Survived` IS NULL"
    assert parsed.args["order"].sql("bigquery") == "ORDER BY `PassengerId`"
    read = [column.alias_or_name for column in parsed.expressions]
    assert read == [
        *(column.name for column in TITANIC.columns),
        *("record_id", "split", "file_id", "row_number", "generation", "label_file_id", "taken"),
    ]


def test_columns_may_be_named_by_reserved_words(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    table = training_data(RESERVED)
    staging = Table("staging", table.fields)
    warehouse.ensure([*tables_of(RESERVED), staging])
    source = {"split": "TRAIN", "file_id": "f", "row_number": 1, "generation": 1}
    source |= {"label_generation": 1, "ingested_at": datetime(2024, 5, 1, tzinfo=UTC)}
    record = {"group": "g", "limit": 0.5, "select": 2.5}
    rows = [{"order": key, "record_id": str(key), **record, **source} for key in (2, 1)]
    warehouse.append("staging", pa.Table.from_pylist(rows, arrow_schema(table)))
    for _ in range(2):
        warehouse.execute(sql.append_rows(table, "staging"), {"sequence": 7})
    read = warehouse.query(sql.labelled_rows(RESERVED)).to_pylist()
    assert [(row["order"], row["select"], row["taken"]) for row in read] == [
        (1, 2.5, 7),
        (2, 2.5, 7),
    ]
