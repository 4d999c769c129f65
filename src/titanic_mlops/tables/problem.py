"""From a problem to its tables; `tables_of` lists them all, the platform's among them."""

from __future__ import annotations

from titanic_mlops.ports import Table, TableField
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.tables.platform import DEAD_LETTERS, EVALUATIONS, INGESTIONS, REJECTED_ROWS
from titanic_mlops.tables.statements import LATEST_PREDICTIONS

TYPES = {int: "INT64", float: "FLOAT64", str: "STRING"}


def tables_of(problem: Problem) -> tuple[Table, ...]:
    """Return every table and view of `problem`, in the order in which data reaches them."""
    return (
        training_data(problem),
        REJECTED_ROWS,
        INGESTIONS,
        EVALUATIONS,
        predictions_data(problem),
        Table("predictions", (), view=LATEST_PREDICTIONS),
        DEAD_LETTERS,
    )


def training_data(problem: Problem) -> Table:
    """Return the table of accepted rows: the record, its split and its file."""
    lineage = (
        TableField("split", "STRING", "REQUIRED", "TRAIN, VALIDATION or TEST; never changes"),
        TableField("file_id", "STRING", "REQUIRED", "file that the features came from"),
        TableField("row_number", "INT64", "REQUIRED", "row in that file, the first is 1"),
        TableField("generation", "INT64", "REQUIRED", "generation of that file"),
        TableField("label_generation", "INT64", "NULLABLE", "generation that the label came from"),
        TableField("ingested_at", "TIMESTAMP", "REQUIRED", "when that file was checked"),
    )
    record = tuple(_stored(column) for column in problem.columns)
    return Table("training_data", record + lineage, partition="ingested_at")


def predictions_data(problem: Problem) -> Table:
    """Return the table of answered requests; a record may be there twice: read the view."""
    answer = TYPES[problem.answer_type]
    fields = (
        TableField("uuid", "STRING", "REQUIRED", "identifies the prediction"),
        TableField("requested_at", "TIMESTAMP", "REQUIRED", "when it was asked for"),
        TableField("model_version", "INT64", "REQUIRED", "version that answered"),
        TableField("prediction", answer, "REQUIRED", f"predicted {problem.target}"),
        TableField("probability", "FLOAT64", "NULLABLE", "of the class 1; null for a regression"),
    )
    record = tuple(_requested(column) for column in problem.inputs)
    return Table("predictions_data", fields + record, partition="requested_at")


def _stored(column: Column) -> TableField:
    mode = "NULLABLE" if column.nullable else "REQUIRED"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)


def _requested(column: Column) -> TableField:
    absent = column.nullable or column.optional
    mode = "NULLABLE" if absent else "REQUIRED"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)
