"""Whether requests, or the answers to them, are spread otherwise than the training rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist
from typing import Literal

from titanic_mlops.monitoring.bins import Bins
from titanic_mlops.monitoring.profile import Profile

MIN_PREDICTIONS = 200
"""Fewer say nothing: with 100, chance alone moves the index of some column over 0.1 each day."""
LEAST_THRESHOLD = 0.2
"""Of the index; by convention what is above it is a large shift."""
FALSE_ALARMS = 0.001
"""The probability that chance alone moves some column of a window over its threshold."""
_SMOOTHING = 0.5

Status = Literal["ok", "drifted", "insufficient_data"]


@dataclass(frozen=True, slots=True)
class BinsDrift:
    """How far the counts of some bins are from those of training.

    `index` is the population stability index; it is above `threshold` where the bins have
    drifted. The shares are of the window's predictions: missing values, values that training did
    not know, numbers that it did not reach.
    """

    name: str
    index: float
    threshold: float
    missing: float
    unseen: float
    outside: float

    @property
    def drifted(self) -> bool:
        """Return whether the index is above what chance explains."""
        return self.index > self.threshold

    @property
    def share(self) -> float:
        """Return the index as a share of its threshold."""
        return self.index / self.threshold


@dataclass(frozen=True, slots=True)
class WindowDrift:
    """The drift of all bins in one window of `predictions` answered by one version."""

    predictions: int
    each: tuple[BinsDrift, ...]

    @property
    def status(self) -> Status:
        """Return what the window says; too few predictions do not say that all is well."""
        if self.predictions < MIN_PREDICTIONS:
            return "insufficient_data"
        return "drifted" if self.drifted else "ok"

    @property
    def drifted(self) -> tuple[BinsDrift, ...]:
        """Return the bins that drifted, the farthest first."""
        found = (one for one in self.each if one.drifted)
        return tuple(sorted(found, key=lambda one: -one.share))

    @property
    def largest_share(self) -> float:
        """Return the largest index as a share of its threshold."""
        return max((one.share for one in self.each), default=0.0)


def window_drift(profile: Profile, counts: Sequence[Sequence[int]]) -> WindowDrift:
    """Compare a window with the profile; `counts` are those of each of its bins, in their order."""
    every = profile.all_bins
    pairs = zip(every, counts, strict=True)
    each = tuple(_bins_drift(bins, found, columns=len(every)) for bins, found in pairs)
    return WindowDrift(sum(counts[-1]) if counts else 0, each)


def stability_index(expected: Sequence[int], found: Sequence[int]) -> float:
    """Return the population stability index of two sequences of counts.

    It is the sum of (p - q) ln(p / q) over the bins (Jeffreys 1946). Half a row is added to each
    bin, so that an empty one has a logarithm.
    """
    shares = []
    for counts in (expected, found):
        total = sum(counts) + _SMOOTHING * len(counts)
        shares.append([(count + _SMOOTHING) / total for count in counts])
    expected_shares, found_shares = shares
    pairs = zip(expected_shares, found_shares, strict=True)
    return sum((p - q) * log(p / q) for q, p in pairs)


def index_threshold(expected: int, found: int, bins: int, columns: int) -> float:
    """Return the index above which `bins` have drifted, of which there are `columns` sets.

    Without drift the index times n m / (n + m) has a chi-squared distribution with one degree of
    freedom less than there are bins (Yurdakul 2018).
    """
    if not expected or not found or bins < 2:  # noqa: PLR2004 one bin cannot drift
        return float("inf")
    chance = _chi_squared(FALSE_ALARMS / columns, bins - 1) * (1 / expected + 1 / found)
    return max(LEAST_THRESHOLD, chance)


def alarmed(statuses: Iterable[WindowDrift], *, before: bool) -> bool:
    """Return whether the drift alarm is on after windows, the oldest first.

    Two of the last three windows over the threshold raise it, two under half of it clear it;
    windows with too few predictions count for neither.
    """
    alarm, seen = before, list[WindowDrift]()
    for window in statuses:
        if window.status == "insufficient_data":
            continue
        seen = [*seen[-2:], window]
        if sum(one.status == "drifted" for one in seen) >= 2:  # noqa: PLR2004 as the docstring says
            alarm = True
        elif len(seen) > 1 and all(one.largest_share < 1 / 2 for one in seen[-2:]):
            alarm = False
    return alarm


def _bins_drift(bins: Bins, found: Sequence[int], columns: int) -> BinsDrift:
    expected, counted = _within(bins, bins.counts), _within(bins, found)
    used = sum(1 for pair in zip(expected, counted, strict=True) if any(pair))
    total = max(sum(found), 1)
    has_edges = bins.kind not in {"values", "member"}
    return BinsDrift(
        name=bins.name,
        index=stability_index(expected, counted),
        threshold=index_threshold(bins.rows, sum(found), used, columns),
        missing=found[-1] / total,
        unseen=found[-2] / total if bins.kind == "values" else 0.0,
        outside=(found[0] + found[-2]) / total if has_edges else 0.0,
    )


def _within(bins: Bins, counts: Sequence[int]) -> list[int]:
    """Return counts with the numbers beyond training's in the bins beside them.

    Training has none there by definition, so that a few would look like a large shift.
    """
    if bins.kind in {"values", "member"} or not bins.edges:
        return list(counts)
    below, *inner, above, missing = counts
    inner[0] += below
    inner[-1] += above
    return [*inner, missing]


def _chi_squared(probability: float, freedom: int) -> float:
    """Return what a chi-squared variable exceeds with a probability.

    Exact for one and two degrees of freedom; above, within 5 % (Wilson and Hilferty 1931).
    """
    if freedom == 1:
        return NormalDist().inv_cdf(1 - probability / 2) ** 2
    if freedom == 2:  # noqa: PLR2004 as the docstring says
        return -2 * log(probability)
    spread = 2 / (9 * freedom)
    normal = NormalDist().inv_cdf(1 - probability)
    return freedom * (1 - spread + normal * sqrt(spread)) ** 3
