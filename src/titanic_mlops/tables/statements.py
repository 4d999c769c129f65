"""The text of every statement, in BigQuery's dialect."""

from __future__ import annotations

from collections.abc import Iterable

from titanic_mlops.ports import Table
from titanic_mlops.problems.base import Problem

FUNCTIONS = frozenset({"AND", "COALESCE", "COUNT", "EXISTS", "IF", "OR", "ROW_NUMBER"})
"""The only functions that a statement may call: BigQuery and DuckDB agree on them."""

LATEST_PREDICTIONS = (
    "SELECT * FROM predictions_data WHERE TRUE "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY uuid ORDER BY requested_at) = 1"
)

UNDECIDED_DEAD_LETTERS = (
    "SELECT D.* FROM dead_letters D WHERE COALESCE(D.state, 'dead') = 'dead' AND NOT EXISTS ("
    "SELECT 1 FROM dead_letters E WHERE E.message_id = D.message_id"
    " AND E.subscription_name = D.subscription_name AND E.state IN ('replayed', 'discarded')) "
    "QUALIFY ROW_NUMBER() OVER ("
    "PARTITION BY D.subscription_name, D.message_id ORDER BY D.publish_time) = 1 "
    "ORDER BY D.publish_time, D.message_id"
)
"""Dead letters without a decision, oldest first."""

FIRST_FILE = "SELECT entered_at FROM ingestions ORDER BY entered_at LIMIT 1"
"""When the first file entered a state that `ingestions` keeps."""

REJECTED_ROWS_OF_FILE = (
    "SELECT row_number, reasons, raw FROM rejected_rows "
    "WHERE file_id = @file_id ORDER BY row_number LIMIT @most"
)
LATEST_EVALUATION = (
    "SELECT challenger, sentence FROM evaluations ORDER BY evaluated_at DESC LIMIT 1"
)
ROWS_BY_SPLIT = "SELECT split, COUNT(*) AS n FROM training_data GROUP BY split ORDER BY n DESC"
PREDICTION = (
    "SELECT uuid, model_version, prediction, probability FROM predictions WHERE uuid = @uuid"
)


def merge_training_data(problem: Problem, table: Table, staging: str) -> str:
    """Return the MERGE of one file's accepted rows, by key.

    Features come from the row of the newest generation, the label from the newest row
    that has one. The result does not depend on the order in which files arrive: the file's
    id and, for a label, its value break ties.
    """
    newer = (
        "(S.generation > T.generation OR (S.generation = T.generation AND S.file_id >= T.file_id))"
    )
    key, target = _quoted(problem.key), _quoted(problem.target)
    newer_label = (
        f"(S.{target} IS NOT NULL AND (T.{target} IS NULL"
        " OR S.label_generation > T.label_generation"
        f" OR (S.label_generation = T.label_generation AND S.{target} > T.{target})))"
    )
    names = [_quoted(field.name) for field in table.fields]
    label = (target, _quoted("label_generation"))
    updates = ", ".join(
        f"{name} = IF({newer_label if name in label else newer}, S.{name}, T.{name})"
        for name in names
        if name != key
    )
    return (
        f"MERGE {table.name} T USING {staging} S ON T.{key} = S.{key} "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN {_insert(names)}"
    )


def merge_rejected_rows(table: Table, staging: str) -> str:
    """Return the MERGE of one file's rejected rows, by file and row; a known row stays."""
    return (
        f"MERGE {table.name} T USING {staging} S "
        "ON T.file_id = S.file_id AND T.row_number = S.row_number "
        f"WHEN NOT MATCHED THEN {_insert([_quoted(field.name) for field in table.fields])}"
    )


def insert_once(table: Table, unless_equal: Iterable[str]) -> str:
    """Return the INSERT of one row from parameters, unless a row equals it in these columns."""
    names = ", ".join(_quoted(field.name) for field in table.fields)
    values = ", ".join(f"@{field.name}" for field in table.fields)
    same = " AND ".join(f"{_quoted(name)} = @{name}" for name in unless_equal)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM (SELECT 1 AS one) "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
    )


def labelled_rows(problem: Problem) -> str:
    """Return the SELECT of the labelled rows that a training reads, sorted by key."""
    record = [_quoted(column.name) for column in problem.columns]
    names = ", ".join([*record, "split", "file_id", "row_number", "generation"])
    return (
        f"SELECT {names} FROM training_data "
        f"WHERE {_quoted(problem.target)} IS NOT NULL ORDER BY {_quoted(problem.key)}"
    )


def drop(table: str) -> str:
    """Return the statement that drops a staging table, if it exists."""
    return f"DROP TABLE IF EXISTS {table}"


def _quoted(column: str) -> str:
    """Return a column's name as SQL takes it, even if it is a reserved word such as `order`."""
    return f"`{column}`"


def _insert(names: list[str]) -> str:
    values = ", ".join(f"S.{name}" for name in names)
    return f"INSERT ({', '.join(names)}) VALUES ({values})"
