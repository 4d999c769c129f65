"""From a problem to its tables, in BigQuery's words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from re import sub

from titanic_mlops.ports import Table, TableField
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.tables.statements import LATEST_PREDICTIONS

TYPES = {int: "INT64", float: "FLOAT64", str: "STRING"}


def tables(problem: Problem) -> tuple[Table, ...]:
    """Return every table of `problem`, in the order data meets them."""
    return (
        training_data(problem),
        rejected_rows(),
        ingestions(),
        evaluations(),
        predictions_data(problem),
        Table("predictions", (), view=LATEST_PREDICTIONS),
        dead_letters(),
    )


def training_data(problem: Problem) -> Table:
    """Return the table of accepted rows: the record and where it came from."""
    lineage = (
        TableField("split", "STRING", "REQUIRED", "TRAIN, VALIDATION or TEST, for ever"),
        TableField("file_id", "STRING", "REQUIRED", "file that the features came from"),
        TableField("row_number", "INT64", "REQUIRED", "row in that file, the first is 1"),
        TableField("generation", "INT64", "REQUIRED", "generation of that file"),
        TableField("label_generation", "INT64", "NULLABLE", "generation that the label came from"),
        TableField("ingested_at", "TIMESTAMP", "REQUIRED", "when that file was checked"),
    )
    record = tuple(_stored(column) for column in problem.columns)
    return Table("training_data", record + lineage, partition="ingested_at")


def rejected_rows() -> Table:
    """Return the table of refused rows: the place, the raw text, every reason."""
    reason = (
        TableField("field", "STRING", "NULLABLE", "column at fault; empty for the whole row"),
        TableField("rule", "STRING", "NULLABLE", "rule that it breaks"),
    )
    fields = (
        TableField("file_id", "STRING", "REQUIRED", "file that holds the row"),
        TableField("file", "STRING", "REQUIRED", "name of that file"),
        TableField("row_number", "INT64", "REQUIRED", "row in that file, the first is 1"),
        TableField("raw", "STRING", "NULLABLE", "the row as it stood there"),
        TableField("reasons", "RECORD", "REPEATED", "everything that is wrong with it", reason),
        TableField("ingested_at", "TIMESTAMP", "REQUIRED", "when the file was checked"),
    )
    return Table("rejected_rows", fields, partition="ingested_at")


def predictions_data(problem: Problem) -> Table:
    """Return the table of answered requests; a record may be delivered twice."""
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


def dead_letters() -> Table:
    """Return the table of messages that were given up, and of what a person decided.

    The first five columns are those that a BigQuery subscription writes by itself.
    """
    fields = (
        TableField("subscription_name", "STRING", "REQUIRED", "who could not take it"),
        TableField("message_id", "STRING", "REQUIRED", "identifies the message"),
        TableField("publish_time", "TIMESTAMP", "REQUIRED", "when it was published"),
        TableField("data", "BYTES", "NULLABLE", "the message itself"),
        TableField("attributes", "STRING", "NULLABLE", "its attributes, as JSON"),
        TableField("state", "STRING", "NULLABLE", "dead (or null), replayed or discarded"),
        TableField("reason", "STRING", "NULLABLE", "why it was given up"),
        TableField("attempts", "INT64", "NULLABLE", "how often it was delivered"),
    )
    return Table("dead_letters", fields, partition="publish_time")


def ingestions() -> Table:
    """Return the table of the ledger's history: every state a file entered."""
    fields = (
        TableField("file_id", "STRING", "REQUIRED", "sha256 of bucket, name and generation"),
        TableField("file", "STRING", "REQUIRED", "name of the file"),
        TableField("generation", "INT64", "REQUIRED", "version of the object"),
        TableField("sha256", "STRING", "NULLABLE", "of the bytes, once they were read"),
        TableField("state", "STRING", "REQUIRED", "state that the file entered"),
        TableField("reason", "STRING", "NULLABLE", "why, where it is not a matter of course"),
        TableField("accepted", "INT64", "NULLABLE", "rows accepted"),
        TableField("rejected", "INT64", "NULLABLE", "rows rejected"),
        TableField("entered_at", "TIMESTAMP", "REQUIRED", "when the file entered the state"),
    )
    return Table("ingestions", fields, partition="entered_at")


def evaluations() -> Table:
    """Return the table of verdicts, refused trainings among them."""
    fields = (
        TableField("evaluation_id", "STRING", "REQUIRED", "sha256 of what was compared"),
        TableField("evaluated_at", "TIMESTAMP", "REQUIRED", "when"),
        TableField("snapshot", "STRING", "NULLABLE", "sha256 of the rows trained on"),
        TableField("challenger", "INT64", "NULLABLE", "version judged; null if training refused"),
        TableField("champion", "INT64", "NULLABLE", "version it was compared with"),
        TableField("promoted", "BOOL", "REQUIRED", "whether the challenger may replace it"),
        TableField("sentence", "STRING", "REQUIRED", "the verdict for a person"),
        TableField("verdict", "STRING", "NULLABLE", "the verdict with every check, as JSON"),
    )
    return Table("evaluations", fields, partition="evaluated_at")


def schema_json(table: Table) -> str:
    """Return the table's schema as the JSON file that BigQuery and Terraform read."""
    return json.dumps([_field_json(field) for field in table.fields], indent=2) + "\n"


def view_sql(view: Table) -> str:
    """Return the view's SELECT as a template: `${dataset}` stands for project and dataset."""
    return sub(r"\bFROM (\w+)", r"FROM `${dataset}.\1`", view.view) + "\n"


def _stored(column: Column) -> TableField:
    mode = "NULLABLE" if column.nullable else "REQUIRED"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)


def _requested(column: Column) -> TableField:
    absent = column.nullable or column.optional
    mode = "NULLABLE" if absent else "REQUIRED"
    return TableField(column.name, TYPES[column.type], mode, column.meaning)


def _field_json(field: TableField) -> dict[str, object]:
    described = {
        "name": field.name,
        "type": field.type,
        "mode": field.mode,
        "description": field.description,
    }
    return described | ({"fields": _nested(field.fields)} if field.fields else {})


def _nested(fields: Iterable[TableField]) -> list[dict[str, object]]:
    return [_field_json(field) for field in fields]
