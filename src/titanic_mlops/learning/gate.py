"""Decide whether a challenger may replace the champion; both are scored as exported artefacts.

Exam A is today's holdout, exam B the champion's own. The anchor, the first champion or the last
that a person promoted, is a second exam B: without it, many small losses within the margins
would add up. All must be passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from titanic_mlops.learning.comparison import comparison_of
from titanic_mlops.learning.coverage import coverage_checks, covered
from titanic_mlops.learning.exams import (
    Exam,
    Rival,
    Rivals,
    enough,
    new_exam,
    own_exams,
    todays_exam,
)
from titanic_mlops.learning.holdout import views
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.sittings import Sitting, all_finite, compared, too_few, verdict_on
from titanic_mlops.learning.small import is_small, judge_small, with_grown
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.verdict import Verdict, not_compared, undecided
from titanic_mlops.problems.base import Problem, Record


def judge(
    problem: Problem,
    challenger: Model,
    rows: pd.DataFrame,
    rivals: Rivals | None = None,
    *,
    revoked: frozenset[str] = frozenset(),
) -> Verdict:
    """Decide whether `challenger` may replace the champion; without `rivals`, floors decide.

    `rows` are the labelled rows of the challenger's snapshot; `revoked` are the ids of files
    whose rows leave every exam.
    """
    if is_small(rows):
        return judge_small(problem, challenger, rows, rivals, revoked=revoked)
    grown = with_grown(problem, rivals) if rivals else None
    if rivals and grown is None:
        return undecided("too few rows of the former small table are in TRAIN to compare it")
    return _judge(problem, challenger, rows, grown, revoked)


def _judge(
    problem: Problem,
    challenger: Model,
    rows: pd.DataFrame,
    rivals: Rivals | None,
    revoked: frozenset[str],
) -> Verdict:
    champion = rivals.champion if rivals else None
    today = todays_exam(problem, rows, champion, revoked)
    if not enough(problem, today):
        return too_few(problem, today)
    scored = views(problem, challenger, champion.model if champion else None, today.records)
    if not all_finite(problem, challenger, scored):
        return not_compared(
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )
    checks = [check for view in scored for check in comparison_of(problem).checks(view)]
    checks += coverage_checks(problem, challenger, today.records, scored[0].slices)
    first = Sitting(today, scored, tuple(checks))
    if rivals is None:
        return verdict_on(problem, [first], None)
    own = own_exams(problem, rows, rivals, revoked)
    if revoked and not any(exam.records for _, exam in own):
        # The platform knows no more than before its first champion.
        return replace(verdict_on(problem, [first], rivals.champion), replaces_anchor=True)
    if lacking := [exam for _, exam in own if not enough(problem, exam)]:
        return too_few(problem, lacking[0])
    second = [_sit(problem, challenger, rival, exam) for rival, exam in own]
    new = new_exam(problem, rows, rivals.champion, revoked)
    return compared(problem, challenger, rivals.champion, [first, *second], new)


def figures(problem: Problem, model: Model, records: Sequence[Record]) -> dict[str, float]:
    """Return the metrics of a model on labelled records, whole and with the suffix `_reduced`.

    Empty if the task has no metrics for these labels.
    """
    scored = views(problem, model, None, records)
    task = task_of(problem)
    if not task.measurable(scored[0].labels):
        return {}
    measured: dict[str, float] = {}
    for view in scored:
        suffix = "" if view.name == "whole" else f"_{view.name}"
        found = task.figures(view.labels, view.challenger)
        measured |= {f"{name}{suffix}": value for name, value in found.items()}
    held = covered(problem, model, records)
    return measured if held is None else {**measured, "coverage": float(held.mean())}


def _sit(problem: Problem, challenger: Model, rival: Rival, exam: Exam) -> Sitting:
    scored = views(problem, challenger, rival.model, exam.records)
    paired = comparison_of(problem).paired
    checks = (pair.check(f"{rival.name}, {v.name}") for v in scored for pair in paired(v))
    return Sitting(exam, scored, tuple(checks))
