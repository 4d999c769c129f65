"""From a problem to its tables; `tables_of` lists them all, the platform's among them."""

from __future__ import annotations

from datetime import date, datetime

from titanic_mlops.ports import Table, TableField
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.tables import views
from titanic_mlops.tables.platform import (
    DEAD_LETTERS,
    ERASURES,
    EVALUATIONS,
    INGESTIONS,
    REJECTED_ROWS,
    REVOCATIONS,
)

TYPES = {
    int: "INT64",
    float: "FLOAT64",
    bool: "BOOL",
    str: "STRING",
    list: "STRING",
    date: "DATE",
    datetime: "DATETIME",
}
"""A set is one text: its members, sorted, with its separator between them."""


def tables_of(problem: Problem) -> tuple[Table, ...]:
    """Return every table and view of `problem`, in the order in which data reaches them."""
    return (
        training_data(problem),
        REJECTED_ROWS,
        REVOCATIONS,
        ERASURES,
        training_set(problem),
        Table("accepted_rows", training_data(problem).fields, view=views.ACCEPTED_ROWS),
        Table("rejected", REJECTED_ROWS.fields, view=views.REJECTED),
        INGESTIONS,
        EVALUATIONS,
        predictions_data(problem),
        Table("predictions", predictions_data(problem).fields, view=views.LATEST_PREDICTIONS),
        DEAD_LETTERS,
    )


def training_data(problem: Problem) -> Table:
    """Return the table of every accepted row of every file: the record, its split and its file.

    A (file, row) may be there twice: read the views.
    """
    lineage = (
        TableField("split", "STRING", "REQUIRED", "TRAIN, VALIDATION or TEST, by the split key"),
        TableField("file_id", "STRING", "REQUIRED", "file that holds the row"),
        TableField("row_number", "INT64", "REQUIRED", "row in that file, the first is 1"),
        TableField("generation", "INT64", "REQUIRED", "generation of that file"),
        TableField("label_generation", "INT64", "NULLABLE", "the same if the row has a label"),
        TableField("ingested_at", "TIMESTAMP", "REQUIRED", "when that file was checked"),
        TableField(
            "record_id", "STRING", "NULLABLE", "identifies the record: its key as text, else a hash"
        ),
        TableField("sequence", "INT64", "NULLABLE", "number of the load; a later one is higher"),
    )
    record = tuple(_stored(column) for column in problem.columns)
    return Table("training_data", record + lineage, partition="ingested_at", cluster="record_id")


def training_set(problem: Problem) -> Table:
    """Return the view of the records that can be trained on, one row each."""
    label = TableField("label_file_id", "STRING", "NULLABLE", "file that set the label")
    of_loads = {"label_generation", "sequence"}
    fields = [one for one in training_data(problem).fields if one.name not in of_loads]
    return Table("training_set", (*fields, label), view=views.training_set(problem))


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
    record = tuple(_requested(problem, column) for column in problem.inputs)
    interval = (
        TableField("interval_low", "FLOAT64", "NULLABLE", "lower end of a regression's interval"),
        TableField("interval_high", "FLOAT64", "NULLABLE", "its upper end"),
    )  # at the end, where a table that exists gets its new columns
    return Table("predictions_data", fields + record + interval, partition="requested_at")


def _stored(column: Column) -> TableField:
    mode = "NULLABLE" if column.nullable else "REQUIRED"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)


def _requested(problem: Problem, column: Column) -> TableField:
    mode = "REQUIRED" if column.name in problem.required_names else "NULLABLE"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)
