"""The SELECT of each view, in BigQuery's dialect: what trainings and people read."""

from __future__ import annotations

from titanic_mlops.problems.base import Problem

REVOKED_FILES = (
    "SELECT file_id FROM (SELECT file_id, state FROM revocations WHERE TRUE "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY file_id ORDER BY sequence DESC) = 1) "
    "WHERE state = 'revoked'"
)
"""Files whose newest decision, by its number in the ledger, is that they do not count."""

LATEST_PREDICTIONS = (
    "SELECT * FROM predictions_data WHERE TRUE "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY uuid ORDER BY requested_at) = 1"
)

ACCEPTED_ROWS = (
    f"SELECT * FROM training_data WHERE record_id IS NOT NULL AND file_id NOT IN ({REVOKED_FILES}) "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY file_id, row_number ORDER BY ingested_at) = 1"
)

REJECTED = (
    f"SELECT * FROM rejected_rows WHERE file_id NOT IN ({REVOKED_FILES}) "
    "QUALIFY ROW_NUMBER() OVER (PARTITION BY file_id, row_number ORDER BY ingested_at) = 1"
)

_ALL = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_FIRST_SEEN = f"(PARTITION BY record_id ORDER BY sequence, file_id, row_number {_ALL})"
_NEWEST_LABEL = (
    f"(PARTITION BY record_id ORDER BY label_generation DESC, file_id DESC, row_number DESC {_ALL})"
)
_NEWEST_ROW = "(PARTITION BY record_id ORDER BY generation DESC, file_id DESC, row_number DESC)"


def training_set(problem: Problem, only: str = "TRUE") -> str:
    """Return the SELECT of the records that can be trained on, one row each.

    A record has the features of its newest row and its newest known label, both of files that
    are not revoked; a row without a label never replaces a known one. Its split is that of the
    row that was loaded first, revoked or not. The order of loading decides nothing else.
    `only` is a condition on the rows that are looked at.
    """
    target = f"`{problem.target}`"
    features = [f"`{column.name}`" for column in problem.columns if column.name != problem.target]
    lineage = ["record_id", "file_id", "row_number", "generation", "ingested_at"]
    names = ", ".join([*features, *lineage])
    loaded = (
        f"SELECT {names}, {target}, label_generation, "
        f"FIRST_VALUE(split) OVER {_FIRST_SEEN} AS first_split "
        f"FROM training_data WHERE record_id IS NOT NULL AND {only}"
    )
    return (
        f"SELECT {names}, first_split AS split, "
        f"FIRST_VALUE({target} IGNORE NULLS) OVER {_NEWEST_LABEL} AS {target}, "
        f"FIRST_VALUE(IF({target} IS NULL, NULL, file_id) IGNORE NULLS) OVER {_NEWEST_LABEL}"
        " AS label_file_id "
        f"FROM ({loaded}) WHERE file_id NOT IN ({REVOKED_FILES}) "
        f"QUALIFY ROW_NUMBER() OVER {_NEWEST_ROW} = 1"
    )
