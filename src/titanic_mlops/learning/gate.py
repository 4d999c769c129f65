"""Compare a challenger with the champion, both as exported artefacts, on one frozen holdout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from titanic_mlops.learning.holdout import View, edge_records, views
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.verdict import Check, Verdict, not_compared
from titanic_mlops.problems.base import Problem, Record


def judge(
    problem: Problem,
    challenger: Model,
    champion: Model | None,
    holdout: Sequence[Record],
    *,
    champion_name: str = "the champion",
) -> Verdict:
    """Decide whether `challenger` may replace `champion`; without a champion, floors decide.

    `holdout` are labelled records that neither model was fitted on.
    """
    scored = views(problem, challenger, champion, holdout)
    if not _all_finite(problem, challenger, scored):
        return not_compared(
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )
    task = task_of(problem)
    checks = [check for view in scored for check in task.checks(view)]
    promoted = all(check.passed for check in checks)
    champion_metrics = {
        view.name: task.figures(view.labels, view.champion)
        for view in scored
        if view.champion is not None
    }
    return Verdict(
        promoted=promoted,
        sentence=_sentence(promoted, checks, scored[0], task.headline(scored), champion_name),
        rows=len(holdout),
        checks=tuple(checks),
        metrics={view.name: task.figures(view.labels, view.challenger) for view in scored},
        champion_metrics=champion_metrics or None,
    )


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


def _all_finite(problem: Problem, challenger: Model, scored: Sequence[View]) -> bool:
    at_edges = challenger.scores(edge_records(problem))
    return bool(np.isfinite(at_edges).all()) and all(
        np.isfinite(view.challenger).all() for view in scored
    )


def _sentence(
    promoted: bool,  # noqa: FBT001 private, and always named by its variable
    checks: Sequence[Check],
    whole: View,
    headline: str,
    champion_name: str,
) -> str:
    rows = f"on {len(whole.labels)} held-out rows"
    if promoted and whole.champion is None:
        return f"The challenger becomes the first champion: {headline} {rows}, above every floor."
    if promoted:
        return f"The challenger replaces {champion_name}: {headline} {rows}."
    failed = [check for check in checks if not check.passed]
    others = f"; {len(failed) - 1} more of {len(checks)} checks failed" if len(failed) > 1 else ""
    return f"The challenger is rejected by the gate: {failed[0].words} {rows}{others}."
