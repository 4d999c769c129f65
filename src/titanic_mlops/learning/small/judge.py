"""Judge a small table's challenger: every row is predicted by weights that did not learn it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from titanic_mlops.learning.comparison import comparison_of
from titanic_mlops.learning.exams import (
    Exam,
    Rival,
    Rivals,
    enough,
    files_of,
    of_files,
    records_by_id,
)
from titanic_mlops.learning.holdout import views
from titanic_mlops.learning.model import Linear, Model
from titanic_mlops.learning.sittings import Sitting, all_finite, too_few, verdict_on
from titanic_mlops.learning.small.left_out import Origin, fitted_on_training, left_out, origins_of
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.verdict import Verdict, not_compared, undecided
from titanic_mlops.problems.base import Problem


def judge_small(
    problem: Problem,
    challenger: Model,
    rows: pd.DataFrame,
    rivals: Rivals | None = None,
    *,
    revoked: frozenset[str] = frozenset(),
) -> Verdict:
    """Decide whether the model of all `rows` may replace the champion, by leaving out.

    `revoked` are the ids of files whose rows leave every exam. A model with trees that learned from
    one of them is no rival: the table was large because of that file.
    """
    distinct = [
        rival
        for rival in _distinct(rivals)
        if isinstance(rival.model.scorer, Linear) or not revoked & files_of(rival.rows)
    ]
    for rival in distinct:
        if not isinstance(rival.model.scorer, Linear):
            return undecided(
                f"{rival.name} has trees, which the {len(rows)} rows of today are too few to judge"
            )
    return _judge(problem, challenger, rows, distinct, revoked)


def _judge(
    problem: Problem,
    challenger: Model,
    rows: pd.DataFrame,
    distinct: list[Rival],
    revoked: frozenset[str],
) -> Verdict:
    """Return the verdict beside the champion, the first of `distinct`, and the anchor."""
    champion = distinct[0] if distinct else None
    today = _sit(problem, (challenger, rows), champion, rows, revoked)
    if not enough(problem, today.exam):
        return too_few(problem, today.exam)
    if not all_finite(problem, challenger, today.views):
        return not_compared(
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )
    floors = [
        check
        for view in today.views
        for check in comparison_of(problem).checks(replace(view, champion=None))
    ]
    today = replace(today, checks=(*floors, *today.checks))
    if champion is None:
        return verdict_on(problem, [today], None)
    own = [_sit(problem, (challenger, rows), rival, rival.rows, revoked) for rival in distinct]
    if revoked and not any(sitting.exam.records for sitting in own):
        # The platform knows no more than before its first champion.
        return replace(verdict_on(problem, [today], champion), replaces_anchor=True)
    if lacking := [sitting.exam for sitting in own if not enough(problem, sitting.exam)]:
        return too_few(problem, lacking[0])
    verdict = verdict_on(problem, [today, *own], champion)
    paired = comparison_of(problem).paired
    better = verdict.promoted and all(paired(v)[0].proves_better for v in own[-1].views)
    return replace(verdict, replaces_anchor=better)


def with_grown(problem: Problem, rivals: Rivals) -> Rivals | None:
    """Return the rivals of a table that has grown: models of small ones, fitted on TRAIN alone.

    None if such a champion or anchor has too few rows there.
    """
    champion = _grown(problem, rivals.champion)
    anchor = _grown(problem, rivals.anchor) if rivals.anchor else None
    if champion is None or (rivals.anchor and anchor is None):
        return None
    return Rivals(champion, anchor, _all_grown(problem, rivals))


def figures_left_out(problem: Problem, model: Model, rows: pd.DataFrame) -> dict[str, float]:
    """Return the metrics of a small table's model on all its rows, each left out once."""
    sitting = _sit(problem, (model, rows), None, rows, frozenset())
    view = sitting.views[0]
    return task_of(problem).figures(view.labels, view.challenger)


def _grown(problem: Problem, rival: Rival) -> Rival | None:
    if rival.model.has_holdout:
        return rival
    model = fitted_on_training(problem, rival.model, rival.rows)
    return replace(rival, model=model) if model else None


def _all_grown(problem: Problem, rivals: Rivals) -> Iterator[Rival]:
    for rival in rivals.earlier:
        if grown := _grown(problem, rival):
            yield grown


def _distinct(rivals: Rivals | None) -> list[Rival]:
    """Return champion and anchor, once if they are one version; the anchor last."""
    if rivals is None:
        return []
    both = [rivals.champion, rivals.anchor or rivals.champion]
    return list({rival.name: rival for rival in both}.values())


def _sit(
    problem: Problem,
    challenger: tuple[Model, pd.DataFrame],
    rival: Rival | None,
    examined: pd.DataFrame,
    revoked: frozenset[str],
) -> Sitting:
    """Let the challenger, with its rows, sit an exam of rows beside a rival.

    The rival's snapshot has the answers where it knows a record.
    """
    rows = of_files(examined, revoked)
    records = records_by_id(problem, rows)
    origins = dict(zip(records, origins_of(problem, rows), strict=True))
    known = records_by_id(problem, of_files(rival.rows, revoked)) if rival else {}
    exam = Exam(
        tuple({**row, **known.get(key, {})} for key, row in records.items()),
        "rows, each left out once"
        if rival is None or examined is not rival.rows
        else f"rows of {rival.name}, each left out once",
    )
    if not exam.records:
        return Sitting(exam, (), ())
    return _scored(problem, challenger, rival, exam, tuple(origins.values()))


def _scored(
    problem: Problem,
    challenger: tuple[Model, pd.DataFrame],
    rival: Rival | None,
    exam: Exam,
    origins: tuple[Origin, ...],
) -> Sitting:
    model, rows = challenger
    ours = left_out(problem, model, rows, origins)
    theirs = left_out(problem, rival.model, rival.rows, origins) if rival else None
    scored = views(problem, ours, theirs, exam.records)
    checks = [
        pair.check(f"{rival.name}, {view.name}")
        for view in scored
        if rival and enough(problem, exam)
        for pair in comparison_of(problem).paired(view)
    ]
    return Sitting(exam, scored, tuple(checks))
