"""The verdict on the exams that a challenger sat: every check of them, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from titanic_mlops.learning.comparison import comparison_of
from titanic_mlops.learning.exams import Exam, Rival, enough
from titanic_mlops.learning.holdout import View, edge_records, views
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.verdict import Check, Verdict, undecided
from titanic_mlops.problems.base import Problem


@dataclass(frozen=True, slots=True)
class Sitting:
    """An exam of the challenger beside one rival: both forms of its rows, scored."""

    exam: Exam
    views: tuple[View, ...]
    checks: tuple[Check, ...]


def compared(
    problem: Problem,
    challenger: Model,
    champion: Rival,
    sittings: Sequence[Sitting],
    new: Exam,
) -> Verdict:
    """Return the verdict on all exams; the anchor's is the last one."""
    verdict = verdict_on(problem, sittings, champion)
    failed = next(failed_checks(sittings[1:]), None)
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


def verdict_on(problem: Problem, sittings: Sequence[Sitting], champion: Rival | None) -> Verdict:
    """Return the verdict that follows from the checks; the first sitting is today's."""
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


def _sentence(problem: Problem, sittings: Sequence[Sitting], champion: Rival | None) -> str:
    failed = list(failed_checks(sittings))
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


def failed_checks(sittings: Sequence[Sitting]) -> Iterator[tuple[Check, str]]:
    """Yield each check that failed, and where in words."""
    for sitting in sittings:
        yield from ((check, sitting.exam.where) for check in sitting.checks if not check.passed)


def too_few(problem: Problem, exam: Exam) -> Verdict:
    """Return the verdict on an exam of too few rows: a person decides."""
    rows, least = len(exam.records), comparison_of(problem).least()
    return undecided(
        f"only {rows} {exam.rows_are} are left, and at least {least} are needed", rows=rows
    )


def all_finite(problem: Problem, challenger: Model, scored: Sequence[View]) -> bool:
    """Return whether the scores of a holdout, and of records at the edges, are finite."""
    at_edges = challenger.scores(edge_records(problem))
    return bool(np.isfinite(at_edges).all()) and all(
        np.isfinite(view.challenger).all() for view in scored
    )
