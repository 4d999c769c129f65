"""What a file's labels and rows say about it before it is loaded; each finding is one sentence.

The findings are an early word: they hold a file that contradicts what is known. The gate's
exams protect the champion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.noise_rate import Scored, noise_rate

CHANGED_SHARE, CHANGED_ROWS = 0.05, 10
"""A file is held if it changes more than this share, and so many, of the known labels it has."""
COPIED_SHARE, COPIED_ROWS = 0.20, 20
"""A file is held if more than this share, and so many, of its rows are copies under new keys."""
CONTRADICTION_Z, CONTRADICTION_RATE = 4.0, 0.05
"""Found on 19,500 honest files and 100 splits: one of the files was held."""
LEAK_AUC, LEAK_GAIN, LEAK_ERRORS, LEAK_ROWS_PER_CLASS = 0.95, 0.10, 3, 10
"""A column is a leak if it alone reaches this AUC and gains so much over the known rows, and more
than so many standard errors of a file of its size: a few rows reach any AUC by luck."""

_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Contradiction:
    """How a file's labels differ from a holdout's, under one model.

    `rate` and `holdout_rate` are the fitted shares of inverted labels for a classification,
    and the median absolute residuals for a regression.
    """

    z: float
    rate: float
    holdout_rate: float

    @property
    def holds(self) -> bool:
        """Return whether the file must be held."""
        return self.z > CONTRADICTION_Z and self.rate - self.holdout_rate >= self._margin

    @property
    def _margin(self) -> float:
        return CONTRADICTION_RATE


def changes_too_many(changed: int, known: int) -> bool:
    """Return whether a file that has `known` known labels again may not change so many."""
    return changed >= CHANGED_ROWS and changed > CHANGED_SHARE * known


def copies_too_many(copied: int, rows: int, own_share: float) -> bool:
    """Return whether so many copies under new keys are too many, beyond the table's own share."""
    return copied >= COPIED_ROWS and copied / rows - own_share > COPIED_SHARE


def inverted_labels(file: Scored, holdout: Scored) -> Contradiction:
    """Compare the shares of inverted labels by a likelihood-ratio test.

    The noise rate e inverts labels: p' = p(1 - e) + (1 - p)e. With K classes it puts any other
    class in place of a label: p' = p(1 - e) + (1 - p)e / (K - 1). It is fitted for the file, for
    the holdout and for both; z = sign(e_file - e_hold) sqrt(2(LL_file + LL_hold - LL_both)).
    """
    both = Scored(
        np.concatenate([file.labels, holdout.labels]),
        np.concatenate([file.probabilities, holdout.probabilities]),
    )
    rate, likelihood = noise_rate(file)
    holdout_rate, holdout_likelihood = noise_rate(holdout)
    gain = max(0.0, likelihood + holdout_likelihood - noise_rate(both)[1])
    return Contradiction(np.sign(rate - holdout_rate) * np.sqrt(2 * gain), rate, holdout_rate)


def larger_residuals(file: Floats, holdout: Floats) -> Contradiction:
    """Compare absolute residuals (n,), in units of the holdout's median, by ranks.

    z is that of the Mann-Whitney test with its correction for ties.
    """
    unit = max(float(np.median(holdout)), _LEAST)
    n, m = len(file), len(holdout)
    _, inverse, counts = np.unique(
        np.concatenate([file, holdout]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    statistic = ranks[:n].sum() - n * (n + 1) / 2
    total = n + m
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    z = (statistic - n * m / 2) / np.sqrt(variance) if variance > 0 else 0.0
    return Contradiction(float(z), float(np.median(file)) / unit, float(np.median(holdout)) / unit)


def leaking_columns(
    file: dict[str, Floats], labels: Floats, known: dict[str, Floats], known_labels: Floats
) -> list[tuple[str, float, float]]:
    """Return columns that alone predict 0/1 labels far better than in the known rows.

    `file` and `known` hold each column as numbers, NaN where missing. Each result is a column,
    its AUC in the file, and its AUC in the known rows.
    """
    positives = float(labels.sum())
    negatives = len(labels) - positives
    if min(positives, negatives) < LEAK_ROWS_PER_CLASS:
        return []
    found = []
    for name, values in file.items():
        now, before = column_auc(values, labels), column_auc(known[name], known_labels)
        least = max(LEAK_GAIN, LEAK_ERRORS * _auc_error(before, positives, negatives))
        if now >= LEAK_AUC and now - before > least:
            found.append((name, now, before))
    return found


def _auc_error(auc: float, positives: float, negatives: float) -> float:
    """Return the standard error of an AUC on so many rows (Hanley and McNeil 1982)."""
    above, below = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc)
    variance += (positives - 1) * (above - auc**2) + (negatives - 1) * (below - auc**2)
    return float(np.sqrt(variance / (positives * negatives)))


def column_auc(values: Floats, labels: Floats) -> float:
    """Return the AUC of one column against 0/1 labels, in its better direction; ties half."""
    filled = np.where(np.isnan(values), np.inf, values)
    _, inverse, counts = np.unique(filled, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = labels.sum()
    pairs = positives * (len(labels) - positives)
    if not pairs:
        return 0.5
    auc = (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / pairs
    return float(max(auc, 1 - auc))


def as_numbers(
    values: Sequence[object], known: Sequence[object], known_labels: Floats
) -> tuple[Floats, Floats]:
    """Return a column of a file and of the known rows as numbers, NaN where missing.

    Text becomes the mean label of the known rows that have it; text they lack is missing.
    """
    if any(isinstance(value, str) for value in known):
        means = _mean_labels(known, known_labels)
        return _looked_up(values, means), _looked_up(known, means)
    return _floats(values), _floats(known)


def _mean_labels(values: Sequence[object], labels: Floats) -> dict[object, float]:
    sums: dict[object, tuple[float, int]] = {}
    for value, label in zip(values, labels.tolist(), strict=True):
        total, count = sums.get(value, (0.0, 0))
        sums[value] = (total + label, count + 1)
    return {value: total / count for value, (total, count) in sums.items()}


def _looked_up(values: Sequence[object], means: dict[object, float]) -> Floats:
    return np.array([means.get(value, np.nan) for value in values], dtype=float)


def _floats(values: Sequence[object]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=float)
