"""Whether the predictions of a window are distributed as the training was: PSI, by facet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.monitoring.alarm import DRIFTED, INSUFFICIENT, OK, Status
from titanic_mlops.monitoring.chi_square import upper_quantile
from titanic_mlops.monitoring.facets import MISSING, Counts, Facet
from titanic_mlops.monitoring.profile import Profile

MIN_ROWS = 200
LEAST_PSI = 0.2
FALSE_ALARMS = 0.001
"""The chance of a window without drift to exceed the threshold anywhere."""
SMOOTHING = 0.5
"""Added to every count, so that an empty bin has a logarithm."""


@dataclass(frozen=True, slots=True)
class FacetDrift:
    """How far a facet of a window is from the training; `n` and `n_reference` rows were compared.

    Shares are of the window's rows, 0 to 1: `missing`, and `beyond`, which are numbers outside the
    training's range, or levels that are not among the training's 50 most frequent.
    """

    name: str
    psi: float
    threshold: float
    n: int
    n_reference: int
    missing: float
    beyond: float
    status: Status


@dataclass(frozen=True, slots=True)
class Drift:
    """The drift of one window, with `n` predictions."""

    n: int
    facets: tuple[FacetDrift, ...]

    @property
    def status(self) -> Status:
        """Return drifted if a facet is, insufficient_data without enough rows, else ok."""
        if self.n < MIN_ROWS:
            return INSUFFICIENT
        drifted = any(facet.status == DRIFTED for facet in self.facets)
        return DRIFTED if drifted else OK

    @property
    def ratios(self) -> dict[str, float]:
        """Return PSI over threshold of each facet that has enough rows, for `alarm`."""
        found = (facet for facet in self.facets if facet.status != INSUFFICIENT)
        return {facet.name: facet.psi / facet.threshold for facet in found}

    def to_json(self) -> dict[str, Any]:
        """Return the drift as plain JSON values."""
        return {"n": self.n, "status": self.status, "facets": [asdict(f) for f in self.facets]}


def drift_of(profile: Profile, counts: Sequence[Counts]) -> Drift:
    """Return the drift of a window's counts, in the order of the profile's facets."""
    facets = profile.facets
    drifts = tuple(
        _drift(facet, found, len(facets)) for facet, found in zip(facets, counts, strict=True)
    )
    return Drift(int(counts[0].sum()), drifts)


def psi(reference: Sequence[int] | Counts, counts: Sequence[int] | Counts) -> float:
    """Return the population stability index of two counts (bins,) (Siddiqi 2006)."""
    expected, found = (_shares(np.asarray(one, dtype=float)) for one in (reference, counts))
    return float(((found - expected) * np.log(found / expected)).sum())


def threshold(bins: int, facets: int, n_reference: int, n: int) -> float:
    """Return the PSI from which a facet is drifted, if `facets` are tested at once.

    Without drift, the PSI over 1/n_reference + 1/n has about the χ² distribution with bins - 1
    degrees of freedom (Yurdakul and Naranjo 2020).
    """
    if bins == 1 or not n_reference or not n:
        return LEAST_PSI
    quantile = upper_quantile(FALSE_ALARMS / facets, bins - 1)
    return max(LEAST_PSI, quantile * (1 / n_reference + 1 / n))


def _drift(facet: Facet, counts: Counts, facets: int) -> FacetDrift:
    reference, found = facet.compared(facet.counts), facet.compared(counts)
    n_reference, n = int(reference.sum()), int(found.sum())
    limit, distance = threshold(len(found), facets, n_reference, n), psi(reference, found)
    status: Status = DRIFTED if distance > limit else OK
    total = max(1, int(counts.sum()))
    return FacetDrift(
        name=facet.name,
        psi=distance,
        threshold=limit,
        n=n,
        n_reference=n_reference,
        missing=int(counts[MISSING]) / total,
        beyond=int(counts[facet.beyond].sum()) / total,
        status=INSUFFICIENT if n < MIN_ROWS or not n_reference else status,
    )


def _shares(counts: Floats) -> Floats:
    smooth = counts + SMOOTHING
    shares: Floats = smooth / smooth.sum()
    return shares
