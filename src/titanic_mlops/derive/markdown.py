"""From a problem to its data card in Markdown."""

from __future__ import annotations

from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.faults import must_be


def data_card(problem: Problem) -> str:
    """Return the data card: every column with its meaning, rule and part."""
    rows = "\n".join(_row(problem, column) for column in problem.columns)
    personal = [column.name for column in problem.columns if column.personal]
    optional = problem.optional_columns
    absent = [column.name for column in problem.columns if column.may_be_absent_from_file]
    return f"""# {problem.title}

`{problem.name}.csv`: {problem.source}. One row is one `{problem.record.__name__}`:
{(problem.record.__doc__ or "").strip()}

This page is derived from `src/titanic_mlops/problems/{problem.name}.py`; run
`titanic-mlops derive` after a change there.

| column | meaning | rule | part |
| --- | --- | --- | --- |
{rows}

* Target: `{problem.target}` ({problem.task}).
* {_key(problem)}
* Personal: {_names(personal)}. Never logged, and never part of a stored error.
* A file may lack {_names(absent)}: their values are then missing.
* A request may leave out {_names(list(optional))}; the model is also trained and evaluated \
without them.
"""


def _row(problem: Problem, column: Column) -> str:
    rule = must_be(column).removeprefix("must be ").replace("|", r"\|")
    rule += (
        f", separated by `{column.separator}` in files".replace("|", r"\|") if column.is_set else ""
    )
    if column.unit:
        rule = rule.removesuffix(f" {column.unit}")
    if column.nullable:
        rule += ", or empty"
    return f"| `{column.name}` | {column.meaning} | {rule} | {_part(problem, column)} |"


def _key(problem: Problem) -> str:
    if not problem.split_column:
        return "Key: none. Rows that are equal in every column are one record."
    shared = f"Rows that share `{problem.split_column}` stay in the same split."
    return f"Key: {f'`{problem.key}`' if problem.key else 'none'}. {shared}"


def _part(problem: Problem, column: Column) -> str:
    parts = {problem.split_key: "split key", problem.key: "key", problem.target: "target"}
    named = [parts[column.name]] if column.name in parts else []
    named += ["feature"] if column.name in problem.feature_columns else []
    return ", ".join(named) or "kept"


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
