"""Every statement of the project is BigQuery's SQL, and calls only what engines agree on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from titanic_mlops.problems import load_problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import REJECTED_ROWS
from titanic_mlops.tables.problem import tables_of, training_data

PACKAGE = Path(__file__).parents[2] / "src" / "titanic_mlops"
VERBS = ("SELECT ", "INSERT ", "MERGE ", "UPDATE ", "DELETE ", "DROP ")
ENGINES_OWN = ("adapters",)  # an adapter speaks to its engine in the engine's own words


def derived() -> Iterator[str]:
    titanic = load_problem("titanic")
    for table in tables_of(titanic):
        if table.view:
            yield table.view
        else:
            yield sql.insert_once(table, unless_equal=[table.fields[0].name])
    yield sql.merge_training_data(titanic, training_data(titanic), "staging")
    yield sql.merge_rejected_rows(REJECTED_ROWS, "staging")
    yield sql.labelled_rows(titanic)
    yield sql.drop("staging")
    yield sql.UNDECIDED_DEAD_LETTERS


def written() -> Iterator[str]:
    """Yield the statements that stand whole in a module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in ENGINES_OWN:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and text.startswith(VERBS) and " FROM " in text:
                    yield text


STATEMENTS = sorted({*derived(), *(text for text in written() if not text.endswith((" ", "(")))})


def test_the_statements_are_found() -> None:
    assert len(STATEMENTS) >= 16


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda text: text[:60])
def test_a_statement_calls_only_what_is_on_the_list(statement: str) -> None:
    tree = parse_one(statement, read="bigquery")
    called = {
        node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
        for node in tree.find_all(exp.Func)
    }
    assert called <= sql.FUNCTIONS


@pytest.mark.parametrize(
    "name", ["TIMESTAMP_DIFF(a, b, DAY)", "FARM_FINGERPRINT(a)", "CAST(a AS INT64)"]
)
def test_the_lint_sees_a_call_that_is_not_on_the_list(name: str) -> None:
    with pytest.raises(AssertionError):
        test_a_statement_calls_only_what_is_on_the_list(f"SELECT {name} FROM t")
