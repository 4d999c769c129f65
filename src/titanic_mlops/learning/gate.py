"""Decide whether a challenger may replace the champion; both are scored as exported artefacts.

Exam A is today's holdout, exam B the champion's own. The anchor, the first champion or the last
that a person promoted, is a second exam B: without it, many small losses within the margins
would add up. All must be passed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from titanic_mlops.learning.comparison import comparison_of
from titanic_mlops.learning.exams import (
    Exam,
    Rival,
    Rivals,
    enough,
    new_exam,
    own_exams,
    todays_exam,
)
from titanic_mlops.learning.holdout import View, edge_records, views
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.verdict import Check, Verdict, not_compared, undecided
from titanic_mlops.problems.base import Problem, Record


@dataclass(frozen=True, slots=True)
class _Sitting:
    """An exam of the challenger beside one rival: both forms of its rows, scored."""

    exam: Exam
    views: tuple[View, ...]
    checks: tuple[Check, ...]


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
    champion = rivals.champion if rivals else None
    today = todays_exam(problem, rows, champion, revoked)
    if not enough(problem, today):
        return _too_few(problem, today)
    scored = views(problem, challenger, champion.model if champion else None, today.records)
    if not _all_finite(problem, challenger, scored):
        return not_compared(
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )
    checks = comparison_of(problem).checks
    first = _Sitting(today, scored, tuple(check for view in scored for check in checks(view)))
    if rivals is None:
        return _verdict(problem, [first], None)
    own = own_exams(problem, rows, rivals, revoked)
    if revoked and not any(exam.records for _, exam in own):
        # The platform knows no more than before its first champion.
        return replace(_verdict(problem, [first], rivals.champion), replaces_anchor=True)
    if lacking := [exam for _, exam in own if not enough(problem, exam)]:
        return _too_few(problem, lacking[0])
    second = [_sit(problem, challenger, rival, exam) for rival, exam in own]
    new = new_exam(problem, rows, rivals.champion, revoked)
    return _compared(problem, challenger, rivals.champion, [first, *second], new)


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
    return measured


def _sit(problem: Problem, challenger: Model, rival: Rival, exam: Exam) -> _Sitting:
    scored = views(problem, challenger, rival.model, exam.records)
    paired = comparison_of(problem).paired
    checks = (pair.check(f"{rival.name}, {v.name}") for v in scored for pair in paired(v))
    return _Sitting(exam, scored, tuple(checks))


def _compared(
    problem: Problem,
    challenger: Model,
    champion: Rival,
    sittings: Sequence[_Sitting],
    new: Exam,
) -> Verdict:
    """Return the verdict on all exams; the anchor's is the last one."""
    verdict = _verdict(problem, sittings, champion)
    failed = next(_failed(sittings[1:]), None)
    if failed and enough(problem, new):
        scored = views(problem, challenger, champion.model, new.records)[:1]
        if comparison_of(problem).paired(scored[0])[0].proves_better:
            found = _contradiction(comparison_of(problem).headline(scored), new, *failed)
            return replace(verdict, sentence=undecided(found).sentence, person_decides=True)
    paired = comparison_of(problem).paired
    better = verdict.promoted and all(paired(v)[0].proves_better for v in sittings[-1].views)
    return replace(verdict, replaces_anchor=better)


def _contradiction(headline: str, new: Exam, check: Check, where: str) -> str:
    """Return the finding that the challenger is better on new rows and worse on old ones."""
    return (
        f"it is better {new.where} ({headline}), but {check.words} {where}: the world has "
        "changed, or labels of new files are wrong"
    )


def _verdict(problem: Problem, sittings: Sequence[_Sitting], champion: Rival | None) -> Verdict:
    task, today = task_of(problem), sittings[0]
    checks = tuple(check for sitting in sittings for check in sitting.checks)
    champion_metrics = {
        view.name: task.figures(view.labels, view.champion)
        for view in today.views
        if view.champion is not None
    }
    return Verdict(
        promoted=all(check.passed for check in checks),
        sentence=_sentence(problem, sittings, champion),
        rows=len(today.exam.records),
        checks=checks,
        metrics={view.name: task.figures(view.labels, view.challenger) for view in today.views},
        champion_metrics=champion_metrics or None,
    )


def _sentence(problem: Problem, sittings: Sequence[_Sitting], champion: Rival | None) -> str:
    failed = list(_failed(sittings))
    if failed:
        check, where = failed[0]
        every = sum(len(sitting.checks) for sitting in sittings)
        others = f"; {len(failed) - 1} more of {every} checks failed" if len(failed) > 1 else ""
        return f"The challenger is rejected by the gate: {check.words} {where}{others}."
    today = sittings[0]
    found = f"{comparison_of(problem).headline(today.views)} {today.exam.where}"
    if champion is None:
        return f"The challenger becomes the first champion: {found}, above every floor."
    return f"The challenger replaces {champion.name}: {found}."


def _failed(sittings: Sequence[_Sitting]) -> Iterator[tuple[Check, str]]:
    for sitting in sittings:
        yield from ((check, sitting.exam.where) for check in sitting.checks if not check.passed)


def _too_few(problem: Problem, exam: Exam) -> Verdict:
    rows, least = len(exam.records), comparison_of(problem).least()
    return undecided(
        f"only {rows} {exam.rows_are} are left, and at least {least} are needed", rows=rows
    )


def _all_finite(problem: Problem, challenger: Model, scored: Sequence[View]) -> bool:
    at_edges = challenger.scores(edge_records(problem))
    return bool(np.isfinite(at_edges).all()) and all(
        np.isfinite(view.challenger).all() for view in scored
    )
