"""From a problem to the statements it needs, in BigQuery's dialect."""

from __future__ import annotations

from collections.abc import Iterable

from titanic_mlops.ports import Table
from titanic_mlops.problems.base import Problem

FUNCTIONS = frozenset({"AND", "COALESCE", "COUNT", "EXISTS", "IF", "OR", "ROW_NUMBER"})
"""All that a statement of the project may call: BigQuery and DuckDB agree on these."""

LATEST_PREDICTIONS = (
    "SELECT * FROM predictions_data WHERE TRUE "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY uuid ORDER BY requested_at) = 1"
)

DEAD_LETTERS = (
    "SELECT D.* FROM dead_letters D WHERE COALESCE(D.state, 'dead') = 'dead' AND NOT EXISTS ("
    "SELECT 1 FROM dead_letters E WHERE E.message_id = D.message_id"
    " AND E.subscription_name = D.subscription_name AND E.state IN ('replayed', 'discarded')) "
    "QUALIFY ROW_NUMBER() OVER ("
    "PARTITION BY D.subscription_name, D.message_id ORDER BY D.publish_time) = 1 "
    "ORDER BY D.publish_time, D.message_id"
)
"""Dead letters about which nobody has decided yet, oldest first."""

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
    that has one; whatever the order in which files arrive, the result is the same. Ties
    are settled by the file's id and, for a label, by its value.
    """
    newer = (
        "(S.generation > T.generation OR (S.generation = T.generation AND S.file_id >= T.file_id))"
    )
    target = problem.target
    newer_label = (
        f"(S.{target} IS NOT NULL AND (T.{target} IS NULL"
        " OR S.label_generation > T.label_generation"
        f" OR (S.label_generation = T.label_generation AND S.{target} > T.{target})))"
    )
    names = [field.name for field in table.fields]
    label = (target, "label_generation")
    updates = ", ".join(
        f"{name} = IF({newer_label if name in label else newer}, S.{name}, T.{name})"
        for name in names
        if name != problem.key
    )
    return (
        f"MERGE {table.name} T USING {staging} S ON T.{problem.key} = S.{problem.key} "
        f"WHEN MATCHED THEN UPDATE SET {updates} "
        f"WHEN NOT MATCHED THEN {_insert(names)}"
    )


def merge_rejected_rows(table: Table, staging: str) -> str:
    """Return the MERGE of one file's refused rows, by their place; a known place stays."""
    return (
        f"MERGE {table.name} T USING {staging} S "
        "ON T.file_id = S.file_id AND T.row_number = S.row_number "
        f"WHEN NOT MATCHED THEN {_insert([field.name for field in table.fields])}"
    )


def insert_once(table: Table, unless_equal: Iterable[str]) -> str:
    """Return the INSERT of one row from parameters, unless one with these columns is there."""
    names = ", ".join(field.name for field in table.fields)
    values = ", ".join(f"@{field.name}" for field in table.fields)
    same = " AND ".join(f"{name} = @{name}" for name in unless_equal)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM (SELECT 1 AS one) "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
    )


def labelled_rows(problem: Problem) -> str:
    """Return the SELECT of the rows a training may read, sorted by key."""
    record = [column.name for column in problem.columns]
    names = ", ".join([*record, "split", "file_id", "row_number", "generation"])
    return (
        f"SELECT {names} FROM training_data "
        f"WHERE {problem.target} IS NOT NULL ORDER BY {problem.key}"
    )


def drop(table: str) -> str:
    """Return the statement that removes a staging table, if it is there."""
    return f"DROP TABLE IF EXISTS {table}"


def _insert(names: list[str]) -> str:
    values = ", ".join(f"S.{name}" for name in names)
    return f"INSERT ({', '.join(names)}) VALUES ({values})"
