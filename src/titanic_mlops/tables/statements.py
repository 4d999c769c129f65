"""The text of every statement, in BigQuery's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from titanic_mlops.ports import Table
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.views import training_set

FUNCTIONS = frozenset(
    {
        *("AND", "CASE", "COALESCE", "CONCAT", "COUNT", "EXISTS", "FIRST_VALUE", "GREATEST", "IF"),
        *("LENGTH", "MAX", "MIN", "OR", "ROW_NUMBER", "STR_POSITION", "UNNEST"),
    }
)
"""The only functions that a statement may call: BigQuery and DuckDB agree on them.

The names are sqlglot's. LENGTH is that of a text, in characters, and STR_POSITION is STRPOS."""

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
    "SELECT row_number, reasons, raw FROM rejected "
    "WHERE file_id = @file_id ORDER BY row_number LIMIT @most"
)
FIRST_ROW_OF_EACH_REASON = (
    "SELECT R.field, R.rule, MIN(F.row_number) AS row_number "
    "FROM rejected F CROSS JOIN UNNEST(F.reasons) AS R "
    "WHERE F.file_id = @file_id GROUP BY R.field, R.rule"
)
NEWEST_STATES = "SELECT file_id, MAX(entered_at) AS entered_at FROM ingestions GROUP BY file_id"
STATES_OF_FILE = (
    "SELECT state, reason, entered_at FROM ingestions "
    "WHERE file_id = @file_id ORDER BY entered_at, sequence"
)
LATEST_EVALUATION = (
    "SELECT challenger, sentence FROM evaluations ORDER BY evaluated_at DESC LIMIT 1"
)
ROWS_BY_SPLIT = "SELECT split, COUNT(*) AS n FROM training_set GROUP BY split ORDER BY n DESC"
DELETE_MERGED_ROWS = "DELETE FROM training_data WHERE record_id IS NULL"
PREDICTION = (
    "SELECT uuid, model_version, prediction, probability FROM predictions WHERE uuid = @uuid"
)


def append_rows(table: Table, staging: str) -> str:
    """Return the INSERT of one file's rows; a column `sequence` gets the number `@sequence`."""
    names = [field.name for field in table.fields]
    values = ["@sequence" if name == "sequence" else _quoted(name) for name in names]
    return (
        f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))}) "
        f"SELECT {', '.join(values)} FROM {staging}"
    )


def insert(table: Table) -> str:
    """Return the INSERT of one row from parameters."""
    names = [field.name for field in table.fields]
    return (
        f"INSERT INTO {table.name} ({', '.join(map(_quoted, names))}) "
        f"SELECT {', '.join(f'@{name}' for name in names)} FROM (SELECT 1 AS one)"
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
    """Return the SELECT of the labelled rows that a training reads, sorted by key.

    `taken` is the number of the newest load, revocation or erasure, the same in every row.
    """
    record = [_quoted(column.name) for column in problem.columns]
    lineage = ["record_id", "split", "file_id", "row_number", "generation", "label_file_id"]
    newest = (
        "GREATEST(COALESCE((SELECT MAX(sequence) FROM training_data), 0), "
        "COALESCE((SELECT MAX(sequence) FROM revocations), 0), "
        "COALESCE((SELECT MAX(sequence) FROM erasures), 0))"
    )
    return (
        f"SELECT {', '.join([*record, *lineage])}, {newest} AS taken FROM training_set "
        f"WHERE {_quoted(problem.target)} IS NOT NULL ORDER BY {_order(problem)}"
    )


def known_labels(problem: Problem) -> str:
    """Return the SELECT of the labels of `@ids` that are older than the generation `@generation`.

    The condition stands at the rows, whose order on the disk is by `record_id`.
    """
    older = "label_generation < @generation AND record_id IN UNNEST(@ids)"
    return (
        f"SELECT record_id, {_quoted(problem.target)} AS label, label_file_id "
        f"FROM ({training_set(problem, older)}) WHERE {_quoted(problem.target)} IS NOT NULL"
    )


def merged_rows(problem: Problem) -> str:
    """Return the SELECT of the rows that a former version merged, sorted by key."""
    record = [_quoted(column.name) for column in problem.columns]
    lineage = ["split", "file_id", "generation", "label_generation", "ingested_at"]
    return (
        f"SELECT {', '.join([*record, *lineage])} FROM training_data "
        f"WHERE record_id IS NULL ORDER BY {_order(problem)}"
    )


def count_rows(selected: Mapping[str, str]) -> str:
    """Return the SELECT of `name` and `n` rows for each table or SELECT in parentheses."""
    return " UNION ALL ".join(
        f"SELECT '{name}' AS name, COUNT(*) AS n FROM {table}" for name, table in selected.items()
    )


def drop(table: str) -> str:
    """Return the statement that drops a staging table, if it exists."""
    return f"DROP TABLE IF EXISTS {table}"


def _order(problem: Problem) -> str:
    return _quoted(problem.key or "record_id")


def _quoted(column: str) -> str:
    """Return a column's name as SQL takes it, even if it is a reserved word such as `order`."""
    return f"`{column}`"
