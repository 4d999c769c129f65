"""The rows of the gate's exams: whose answers they hold, and which rows leave them.

The file that a challenger learned from must not write the answers that it is judged by. So
answers come from the immutable snapshot of the champion or the anchor wherever that knows the
record. A row is told apart by its `record_id`; it leaves once the file that set its features or
its label is revoked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import pandas as pd

from titanic_mlops.learning.comparison import comparison_of
from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Model
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import SPLITS, TEST, TRAIN, VALIDATION

RECORD_ID = "record_id"
_FILES = ("file_id", "label_file_id")

Records = dict[str, Record]
"""Rows by `record_id`."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A version to compare with: its name in a sentence, its model, its snapshot's rows."""

    name: str
    model: Model
    rows: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Rivals:
    """The versions that a challenger is compared with.

    Without an `anchor` the champion is the anchor. `earlier` are other champions, the newest
    first: their holdout stands in for one that was revoked.
    """

    champion: Rival
    anchor: Rival | None = None
    earlier: Iterable[Rival] = ()


@dataclass(frozen=True, slots=True)
class Exam:
    """Labelled records, and what they are in words: "held-out rows"."""

    records: tuple[Record, ...]
    rows_are: str

    @property
    def where(self) -> str:
        """Return where a figure was found, in words."""
        return f"on {len(self.records)} {self.rows_are}"


def todays_exam(
    problem: Problem, today: pd.DataFrame, champion: Rival | None, revoked: frozenset[str]
) -> Exam:
    """Return today's holdout with the answers of the champion's snapshot where it has them.

    Records that the champion was fitted on are left out.
    """
    held_out = records_by_id(problem, of_files(today, revoked), [TEST])
    fitted: Records = {}
    known: Records = {}
    if champion is not None:
        fitted = records_by_id(problem, champion.rows, [TRAIN, VALIDATION])
        known = records_by_id(problem, of_files(champion.rows, revoked), [TEST])
    records = ({**row, **known.get(key, {})} for key, row in held_out.items() if key not in fitted)
    return Exam(tuple(records), "held-out rows")


def own_exam(problem: Problem, today: pd.DataFrame, rival: Rival, revoked: frozenset[str]) -> Exam:
    """Return the rival's own holdout, from its snapshot; today's row adds columns it lacks.

    Records that the challenger was fitted on are left out.
    """
    held_out = records_by_id(problem, of_files(rival.rows, revoked), [TEST])
    fitted = records_by_id(problem, today, [TRAIN, VALIDATION])
    now = records_by_id(problem, today, [TEST])
    records = ({**now.get(key, {}), **row} for key, row in held_out.items() if key not in fitted)
    return Exam(tuple(records), f"rows that {rival.name} was judged on")


def own_exams(
    problem: Problem, today: pd.DataFrame, rivals: Rivals, revoked: frozenset[str]
) -> list[tuple[Rival, Exam]]:
    """Return champion and anchor, once if they are one version, each with its own exam.

    If revocations leave one too few rows of its own, those of another stand in for them.
    """
    both = [rivals.champion, rivals.anchor or rivals.champion]
    distinct = list({rival.name: rival for rival in both}.values())
    exams = [own_exam(problem, today, rival, revoked) for rival in distinct]
    if not all(enough(problem, exam) for exam in exams):
        others = (own_exam(problem, today, rival, revoked) for rival in rivals.earlier)
        usable = (exam for exam in chain(exams, others) if enough(problem, exam))
        if stand_in := next(usable, None):
            exams = [exam if enough(problem, exam) else stand_in for exam in exams]
    return list(zip(distinct, exams, strict=True))


def enough(problem: Problem, exam: Exam) -> bool:
    """Return whether so many records can decide between two models."""
    labels = labels_of(problem, exam.records)
    return comparison_of(problem).enough(labels)


def new_exam(
    problem: Problem, today: pd.DataFrame, champion: Rival, revoked: frozenset[str]
) -> Exam:
    """Return the rows of today's holdout that the champion's snapshot lacks or has otherwise."""
    known = records_by_id(problem, champion.rows, [TRAIN, VALIDATION, TEST])
    held_out = records_by_id(problem, of_files(today, revoked), [TEST])
    records = (row for key, row in held_out.items() if not _as_known(row, known.get(key)))
    return Exam(tuple(records), "new rows")


def holdout_ids(problem: Problem, rows: pd.DataFrame) -> frozenset[str]:
    """Return the ids of the records of a snapshot that must never train."""
    return frozenset(record_ids(problem, rows[rows["split"] == TEST]))


def files_of(rows: pd.DataFrame) -> frozenset[str]:
    """Return the ids of the files that set the features or the label of a row."""
    return frozenset(pd.unique(rows[[name for name in _FILES if name in rows]].to_numpy().ravel()))


def record_ids(problem: Problem, rows: pd.DataFrame) -> pd.Series:
    """Return the id of each row: the key as text where a snapshot has no `record_id`."""
    return rows[RECORD_ID] if RECORD_ID in rows else rows[problem.key].astype(str)


def records_by_id(problem: Problem, rows: pd.DataFrame, splits: Iterable[str] = SPLITS) -> Records:
    """Return the records of some splits by their ids."""
    chosen = rows[rows["split"].isin(splits)]
    columns = [column.name for column in problem.columns if column.name in rows]
    values = chosen[columns].astype(object)
    records = values.where(values.notna(), None).to_dict("records")
    return dict(zip(record_ids(problem, chosen), records, strict=True))


def _as_known(row: Record, known: Record | None) -> bool:
    """Return whether a snapshot's row is equal in the columns that it has."""
    return known is not None and all(row.get(name) == value for name, value in known.items())


def of_files(rows: pd.DataFrame, revoked: frozenset[str]) -> pd.DataFrame:
    """Return the rows of which no part comes from a revoked file."""
    files = [column for column in _FILES if column in rows]
    return rows[~rows[files].isin(revoked).any(axis=1)] if revoked and files else rows
