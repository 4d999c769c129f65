"""The gate's order of business: smoke, floors, comparison, slices, on both views; one sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from titanic_mlops.learning.gate.holdout import View, smoke_records, views
from titanic_mlops.learning.gate.verdict import Check, Verdict, refusal
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.tasks import classification, regression
from titanic_mlops.problems.base import CLASSIFICATION, Problem, Record


def judge(
    problem: Problem,
    challenger: Model,
    champion: Model | None,
    holdout: Sequence[Record],
    *,
    champion_name: str = "the champion",
) -> Verdict:
    """Decide whether `challenger` may replace `champion`; without one, floors decide.

    `holdout` are labelled records that neither model was fitted on.
    """
    scored = views(problem, challenger, champion, holdout)
    if not _all_finite(problem, challenger, scored):
        return refusal("The challenger is refused: it gives scores that are no finite numbers.")
    rules = classification if problem.task == CLASSIFICATION else regression
    checks = [check for view in scored for check in rules.checks(view)]
    metrics = {view.name: rules.figures(view.labels, view.challenger) for view in scored}
    champion_metrics = {
        view.name: rules.figures(view.labels, view.champion)
        for view in scored
        if view.champion is not None
    }
    promoted = all(check.passed for check in checks)
    return Verdict(
        promoted=promoted,
        sentence=_sentence(promoted, checks, scored[0], rules.headline(scored), champion_name),
        rows=len(holdout),
        checks=tuple(checks),
        metrics=metrics,
        champion_metrics=champion_metrics or None,
    )


def figures(problem: Problem, model: Model, records: Sequence[Record]) -> dict[str, float]:
    """Return the metrics of a model on labelled records, whole and `reduced`.

    A classification of rows of one class has none.
    """
    scored = views(problem, model, None, records)
    if problem.task == CLASSIFICATION and len(np.unique(scored[0].labels)) == 1:
        return {}
    rules = classification if problem.task == CLASSIFICATION else regression
    measured: dict[str, float] = {}
    for view in scored:
        suffix = "" if view.name == "whole" else f"_{view.name}"
        found = rules.figures(view.labels, view.challenger)
        measured |= {f"{name}{suffix}": value for name, value in found.items()}
    return measured


def _all_finite(problem: Problem, challenger: Model, scored: Sequence[View]) -> bool:
    smoke = challenger.scores(smoke_records(problem))
    return bool(np.isfinite(smoke).all()) and all(
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
        return f"The challenger becomes the first champion: {headline} {rows}, over every floor."
    if promoted:
        return f"The challenger replaces {champion_name}: {headline} {rows}."
    failed = [check for check in checks if not check.passed]
    others = f"; {len(failed) - 1} more of {len(checks)} checks failed" if len(failed) > 1 else ""
    return f"The challenger is refused: {failed[0].words} {rows}{others}."
