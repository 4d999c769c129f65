"""The platform's own tables: the same for every problem."""

from __future__ import annotations

from titanic_mlops.ports import Table, TableField

_REASON = (
    TableField("field", "STRING", "NULLABLE", "column at fault; empty for the whole row"),
    TableField("rule", "STRING", "NULLABLE", "rule that it breaks"),
)
REJECTED_ROWS = Table(
    "rejected_rows",
    (
        TableField("file_id", "STRING", "REQUIRED", "file that holds the row"),
        TableField("file", "STRING", "REQUIRED", "name of that file"),
        TableField("row_number", "INT64", "REQUIRED", "row in that file, the first is 1"),
        TableField("raw", "STRING", "NULLABLE", "the row as it stood there"),
        TableField("reasons", "RECORD", "REPEATED", "everything that is wrong with it", _REASON),
        TableField("ingested_at", "TIMESTAMP", "REQUIRED", "when the file was checked"),
        TableField("record_id", "STRING", "NULLABLE", "its key as text, where that is readable"),
    ),
    partition="ingested_at",
)
"""Rejected rows: their place, raw text and every reason."""

REVOCATIONS = Table(
    "revocations",
    (
        TableField("file_id", "STRING", "REQUIRED", "file that the decision is about"),
        TableField("sequence", "INT64", "REQUIRED", "number of the decision; the highest counts"),
        TableField("state", "STRING", "REQUIRED", "revoked or restored"),
        TableField("why", "STRING", "NULLABLE", "reason that was given"),
        TableField("decided_by", "STRING", "NULLABLE", "who decided"),
        TableField("decided_at", "TIMESTAMP", "REQUIRED", "when"),
    ),
    partition="decided_at",
)
"""Decisions that the rows of a loaded file do not count, or count again."""

ERASURES = Table(
    "erasures",
    (
        TableField("record_hash", "STRING", "REQUIRED", "keyed hash of the erased record's id"),
        TableField("sequence", "INT64", "REQUIRED", "number of the decision"),
        TableField("why", "STRING", "NULLABLE", "reason that was given"),
        TableField("decided_by", "STRING", "NULLABLE", "who decided"),
        TableField("decided_at", "TIMESTAMP", "REQUIRED", "when"),
    ),
    partition="decided_at",
)
"""Records that were erased: no row of them is stored again."""

INGESTIONS = Table(
    "ingestions",
    (
        TableField("file_id", "STRING", "REQUIRED", "sha256 of bucket, name and generation"),
        TableField("file", "STRING", "REQUIRED", "name of the file"),
        TableField("generation", "INT64", "REQUIRED", "version of the object"),
        TableField("sha256", "STRING", "NULLABLE", "of the bytes, once they were read"),
        TableField("state", "STRING", "REQUIRED", "state that the file entered"),
        TableField("reason", "STRING", "NULLABLE", "why, where it is not a matter of course"),
        TableField("accepted", "INT64", "NULLABLE", "rows accepted"),
        TableField("rejected", "INT64", "NULLABLE", "rows rejected"),
        TableField("entered_at", "TIMESTAMP", "REQUIRED", "when the file entered the state"),
        TableField("sequence", "INT64", "NULLABLE", "number of its load or of the decision"),
        TableField("source_dataset", "STRING", "NULLABLE", "dataset that it was extracted from"),
        TableField("source_table", "STRING", "NULLABLE", "table of that dataset"),
        TableField("query", "STRING", "NULLABLE", "query that extracted it"),
        TableField("query_rows", "INT64", "NULLABLE", "rows that the query gave"),
        TableField("query_columns", "INT64", "NULLABLE", "columns that the query gave"),
    ),
    partition="entered_at",
)
"""The ledger's history: every state that a file entered."""

EVALUATIONS = Table(
    "evaluations",
    (
        TableField("evaluation_id", "STRING", "REQUIRED", "sha256 of what was compared"),
        TableField("evaluated_at", "TIMESTAMP", "REQUIRED", "when"),
        TableField("snapshot", "STRING", "NULLABLE", "sha256 of the rows trained on"),
        TableField("challenger", "INT64", "NULLABLE", "version judged; null if training refused"),
        TableField("champion", "INT64", "NULLABLE", "version it was compared with"),
        TableField("promoted", "BOOL", "REQUIRED", "whether the challenger became the champion"),
        TableField("sentence", "STRING", "REQUIRED", "the verdict for a person"),
        TableField("verdict", "STRING", "NULLABLE", "the verdict with every check, as JSON"),
    ),
    partition="evaluated_at",
)
"""Verdicts, including those on refused trainings."""

DEAD_LETTERS = Table(
    "dead_letters",
    (
        # a BigQuery subscription writes the first five
        TableField("subscription_name", "STRING", "REQUIRED", "subscription that it failed on"),
        TableField("message_id", "STRING", "REQUIRED", "identifies the message"),
        TableField("publish_time", "TIMESTAMP", "REQUIRED", "when it was published"),
        TableField("data", "BYTES", "NULLABLE", "the message itself"),
        TableField("attributes", "STRING", "NULLABLE", "its attributes, as JSON"),
        TableField("state", "STRING", "NULLABLE", "dead (or null), replayed or discarded"),
        TableField("reason", "STRING", "NULLABLE", "error of the last delivery"),
        TableField("attempts", "INT64", "NULLABLE", "how often it was delivered"),
    ),
    partition="publish_time",
)
"""Dead letters and the decisions about them."""
