"""Microseconds for one row in process, ours and scikit-learn's in alternation."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from benchmarks.learning.models import Ours, fit_boosted_pipeline, fit_course, frame_of
from benchmarks.learning.table import Split

ROUNDS = 30
OURS_CALLS, OTHER_CALLS = 500, 5
"""Calls in a round: enough to measure, few enough that the machine's load stays the same."""


def seconds_per_row(split: Split, ours: Ours) -> dict[str, float]:
    """Return the median over rounds of the mean time of one call."""
    record = split.holdout[0]
    frame = frame_of([record])
    boosted = fit_boosted_pipeline(split.training)
    course = fit_course(split.training, split.seed)
    calls: dict[str, tuple[Callable[[], object], int]] = {
        "score": (lambda: ours.model.score(record), OURS_CALLS),
        "score and reasons": (lambda: ours.model.explain(record), OURS_CALLS),
        "boosted trees": (lambda: boosted.predict_proba(frame), OTHER_CALLS),
        "forest": (lambda: course.predict_proba(frame), OTHER_CALLS),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, (call, times) in calls.items():
            taken[name].append(_mean_seconds(call, times))
    return {name: median(rounds) for name, rounds in taken.items()}


def _mean_seconds(call: Callable[[], object], times: int) -> float:
    begun = perf_counter()
    for _ in range(times):
        call()
    return (perf_counter() - begun) / times
