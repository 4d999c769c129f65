from __future__ import annotations

from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.derive.artefacts import artefacts
from titanic_mlops.derive.markdown import data_card
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
ARTEFACTS = dict(artefacts(ROUTES))
TITANIC = load_problem("titanic")


@pytest.mark.parametrize("path", ARTEFACTS)
def test_a_derived_file_is_up_to_date(path: str) -> None:
    assert (ROOT / path).is_file(), "write it with: titanic-mlops derive"
    assert (ROOT / path).read_text(encoding="utf-8") == ARTEFACTS[path]


@pytest.mark.parametrize("folder", ["terraform/schemas", "terraform/examples", "docs/schemas"])
def test_no_stale_derived_file_is_left(folder: str) -> None:
    on_disk = {str(p.relative_to(ROOT)) for p in (ROOT / folder).rglob("*.*")}
    assert on_disk == {path for path in ARTEFACTS if path.startswith(f"{folder}/")}


def test_a_problem_has_a_file_per_table_and_document() -> None:
    files = {f"{table.name}.{'sql' if table.view else 'json'}" for table in tables_of(TITANIC)}
    assert files >= {
        "training_data.json",
        "rejected_rows.json",
        "ingestions.json",
        "evaluations.json",
        "predictions_data.json",
        "dead_letters.json",
        "predictions.sql",
    }
    assert {path for path in ARTEFACTS if "titanic" in path} == {
        "docs/schemas/titanic.openapi.json",
        "docs/schemas/titanic.request.json",
        "terraform/examples/titanic.json",
        *(f"terraform/schemas/titanic/{file}" for file in files),
    }


@pytest.mark.parametrize("problem", [TITANIC, FLATS], ids=lambda p: p.name)
def test_the_data_card_has_a_row_for_every_column(problem: Problem) -> None:
    card = data_card(problem)
    rows = [line for line in card.splitlines() if line.startswith("| `")]
    assert len(rows) == len(problem.columns)
    for column, row in zip(problem.columns, rows, strict=True):
        assert row.startswith(f"| `{column.name}` | {column.description}")
        assert row.count("|") == 5
        assert (", or empty" in row) == column.nullable


@pytest.mark.parametrize(
    "words",
    [
        "| `PassengerId` | number in the table | a whole number of at least 1 | key |",
        "| a whole number from 0 to 1, or empty | target |",
        "those who travelled together | text of at most 50 characters | split key |",
        "in years | a number from 0 to 120, or empty | feature |",
        "| one of C, Q, S, or empty | feature |",
        "Personal: `Name`, `Ticket`, `Cabin`.",
        "may leave out `Name`, `Ticket`, `Cabin`;",
    ],
)
def test_the_data_card_states_rules_and_parts(words: str) -> None:
    assert words in data_card(TITANIC)
