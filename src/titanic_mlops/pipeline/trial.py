"""What would come of a drafted declaration: its own table is checked and looked at, not stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.ingestion import CheckedFile, Source, check_file
from titanic_mlops.learning.tasks import Leakage, task_names
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import TRAIN
from titanic_mlops.tables.arrow import to_scalars

if TYPE_CHECKING:
    import pandas as pd

FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""When the rows of a trial were loaded: they never are."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The checked rows, why no model could learn from them, and columns that contain the answer."""

    checked: CheckedFile
    refused: str = ""
    leaks: dict[str, Leakage] = field(default_factory=dict)


def try_declaration(path: Path, problem: Problem) -> Trial:
    """Check the rows of the file at `path` and look for leaks, as ingestion and training do.

    Raises:
        FileRejected: the file is not a table of this problem.
    """
    with TemporaryDirectory() as folder:
        accepted = Path(folder) / "accepted"
        source = Source(path.name, "0" * 64, 1, FIRST_DAY, None)
        checked = check_file(
            path, problem, source, accepted=accepted, rejected=Path(folder) / "rejected"
        )
        if not checked.labelled or problem.task not in task_names():
            return Trial(checked)
        table = to_scalars(pq.read_table(accepted))
    # as in a snapshot: equal rows are one record, and the order decides which rows are a fold
    rows = table.to_pandas(integer_object_nulls=True).drop_duplicates("record_id")
    rows = rows.sort_values(problem.key or "record_id", ignore_index=True)
    return _look(problem, checked, rows[rows[problem.target].notna()])


def _look(problem: Problem, checked: CheckedFile, rows: pd.DataFrame) -> Trial:
    from titanic_mlops.learning.labels import labels_of  # noqa: PLC0415 loads scikit-learn
    from titanic_mlops.learning.small import as_records, is_small, refuse_small  # noqa: PLC0415 as above
    from titanic_mlops.learning.training.fit import records_of  # noqa: PLC0415 as above
    from titanic_mlops.learning.training.refusals import (  # noqa: PLC0415 as above
        MIN_ROWS,
        leaking_columns,
        refuse_snapshot,
    )

    try:
        (refuse_small if is_small(rows) else refuse_snapshot)(problem, rows)
    except TrainingRefused as refused:
        return Trial(checked, refused.detail)
    if len(rows) < MIN_ROWS:  # an honest column may split so few rows by chance
        return Trial(checked)
    training = as_records(rows) if is_small(rows) else records_of(rows, TRAIN)
    leaks = dict(leaking_columns(problem, training, labels_of(problem, training)))
    return Trial(checked, leaks=leaks)
