"""The statements that remove every trace of one record, in BigQuery's dialect."""

from __future__ import annotations

from titanic_mlops.ports import Table
from titanic_mlops.problems.base import Problem

RECORD_HASHES = "SELECT record_hash FROM erasures"

FIRST_STATES = "SELECT file_id, MIN(entered_at) AS entered_at FROM ingestions GROUP BY file_id"

REJECTED_OF_RECORD = (
    "SELECT DISTINCT file_id, row_number FROM rejected_rows WHERE record_id = @record_id"
)
REJECTED_BY_FILE = (
    "SELECT file_id, COUNT(DISTINCT row_number) AS n FROM rejected_rows "
    "WHERE file_id IN UNNEST(@ids) GROUP BY file_id"
)
DELETE_REJECTED = "DELETE FROM rejected_rows WHERE record_id = @record_id"
REJECTED_WITHOUT_KEY = (
    "SELECT file_id, row_number, raw FROM rejected_rows WHERE record_id IS NULL AND raw <> ''"
)
DELETE_REJECTED_ROW = (
    "DELETE FROM rejected_rows WHERE file_id = @file_id AND row_number = @row_number"
)

DEAD_LETTERS = "SELECT subscription_name, message_id, data FROM dead_letters"
DELETE_DEAD_LETTER = (
    "DELETE FROM dead_letters "
    "WHERE subscription_name = @subscription_name AND message_id = @message_id"
)


def personal_values(problem: Problem) -> str:
    """Return the SELECT of the personal columns of a record's accepted rows."""
    names = ", ".join(_quoted(name) for name in (problem.key, *problem.personal_columns))
    return f"SELECT DISTINCT {names} FROM training_data WHERE {_is_record(problem)}"


def accepted_that_stay(problem: Problem) -> str:
    """Return the SELECT of `accepted` and `labelled` without the record's rows.

    It has a row for each file that holds the record.
    """
    other = f"NOT ({_is_record(problem)})"
    labelled = f"{other} AND {_quoted(problem.target)} IS NOT NULL"
    return (
        f"SELECT file_id, COUNT(DISTINCT CASE WHEN {other} THEN row_number END) AS accepted, "
        f"COUNT(DISTINCT CASE WHEN {labelled} THEN row_number END) AS labelled "
        "FROM training_data WHERE file_id IN "
        f"(SELECT file_id FROM training_data WHERE {_is_record(problem)}) GROUP BY file_id"
    )


def delete_accepted(problem: Problem) -> str:
    """Return the DELETE of a record's accepted rows, of those that a former version merged too."""
    return f"DELETE FROM training_data WHERE {_is_record(problem)}"


def delete_predictions_by_key(problem: Problem) -> str:
    """Return the DELETE of the predictions whose request named the record `@key`."""
    return f"DELETE FROM predictions_data WHERE {_quoted(problem.key)} = @key"


def delete_predictions_by_values(problem: Problem) -> str:
    """Return the DELETE of predictions without a key whose personal values are the record's.

    The values are the parameters `value_0`, `value_1`, …, in the order of the columns. At least
    one must be known.
    """
    names = [_quoted(name) for name in problem.personal_columns]
    some = " OR ".join(f"{name} IS NOT NULL" for name in names)
    same = " AND ".join(
        f"({name} IS NULL OR {name} = @value_{number})" for number, name in enumerate(names)
    )
    return (
        f"DELETE FROM predictions_data WHERE {_quoted(problem.key)} IS NULL AND ({some}) AND {same}"
    )


def ids_of_file(table: Table) -> str:
    """Return the SELECT of the records that a file's rows are of."""
    return (
        f"SELECT DISTINCT record_id FROM {table.name} "
        "WHERE file_id = @file_id AND record_id IS NOT NULL"
    )


def delete_from_file(table: Table) -> str:
    """Return the DELETE of a file's rows of the records `@ids`."""
    return f"DELETE FROM {table.name} WHERE file_id = @file_id AND record_id IN UNNEST(@ids)"


def _is_record(problem: Problem) -> str:
    return f"record_id = @record_id OR (record_id IS NULL AND {_quoted(problem.key)} = @key)"


def _quoted(column: str) -> str:
    return f"`{column}`"
