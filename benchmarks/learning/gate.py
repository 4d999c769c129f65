"""How often the gate promotes an honest refresh, and challengers that it must reject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from benchmarks.learning.table import Split, labels_of
from titanic_mlops.learning.exams import Rival, Rivals
from titanic_mlops.learning.gate import judge
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training.fit import SEED, export, fit
from titanic_mlops.learning.verdict import Verdict
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.problems.titanic import PROBLEM
from titanic_mlops.rules.split import TEST, TRAIN

EARLIER_SHARE = 0.8
FLIPPED_SHARE = 0.3
EARLIER_SEED, FLIP_SEED, SHUFFLE_SEED = 1000, 2000, 3000
"""The split's number is added to each."""
OTHER_SEED = SEED + 1
WITHOUT_SEX = replace(PROBLEM, features=tuple(f for f in PROBLEM.features if f.column != "Sex"))

HONEST = "honest refresh: the champion's rows and those that came since"
SAME = "equal model: the champion's rows, another seed"
FLIPPED = "30 % of the labels flipped"
CRIPPLED = "without Sex"
SHUFFLED = "labels shuffled"


@dataclass
class Tally:
    """How often each kind of challenger was promoted, and which checks it failed."""

    judged: int = 0
    judged_rows: int = 0
    promoted: Counter[str] = field(default_factory=Counter)
    failed_by: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return the mean number of held-out rows."""
        return round(self.judged_rows / self.judged)

    def add(self, verdicts: dict[str, Verdict]) -> None:
        """Count the verdicts of one split."""
        self.judged += 1
        self.judged_rows += verdicts[HONEST].rows
        for kind, verdict in verdicts.items():
            self.promoted[kind] += verdict.promoted
            failed = [check.name for check in verdict.checks if not check.passed]
            self.failed_by.setdefault(kind, Counter()).update(failed)


def verdicts(split: Split) -> dict[str, Verdict]:
    """Judge every kind of challenger of one split against the same champion."""
    earlier = earlier_rows(split)
    champion = Rival("the champion", served(PROBLEM, earlier), _snapshot(earlier, split))
    rows = _snapshot(split.training, split)
    return {
        kind: judge(PROBLEM, challenger, rows, Rivals(champion))
        for kind, challenger in challengers(split)
    }


def challengers(split: Split) -> Iterator[tuple[str, Model]]:
    """Yield each kind of challenger, trained."""
    rows = split.training
    yield HONEST, served(PROBLEM, rows)
    yield SAME, served(PROBLEM, earlier_rows(split), seed=OTHER_SEED)
    yield FLIPPED, served(PROBLEM, _relabelled(rows, split.seed, _flipped))
    yield CRIPPLED, served(WITHOUT_SEX, rows)
    yield SHUFFLED, served(PROBLEM, _relabelled(rows, split.seed, _shuffled))


def earlier_rows(split: Split) -> list[Record]:
    """Return the rows of 80 % of the training tickets, an earlier state of the table."""
    tickets = sorted({str(record[PROBLEM.split_key]) for record in split.training})
    rng = np.random.default_rng(EARLIER_SEED + split.seed)
    known = set(rng.permutation(tickets)[: round(EARLIER_SHARE * len(tickets))].tolist())
    return [record for record in split.training if str(record[PROBLEM.split_key]) in known]


def served(problem: Problem, training: list[Record], seed: int = SEED) -> Model:
    """Fit and export; one background row is enough, because the gate reads only scores."""
    encoder, estimator = fit(problem, training, seed=seed)
    return export(problem, encoder, estimator, training[:1], seed=seed)


def _snapshot(training: list[Record], split: Split) -> pd.DataFrame:
    parts = ((TRAIN, training), (TEST, split.holdout))
    return pd.concat([pd.DataFrame(rows).assign(split=name) for name, rows in parts])


def _relabelled(
    records: list[Record], seed: int, change: Callable[[np.ndarray, int], np.ndarray]
) -> list[Record]:
    labels = change(labels_of(records).astype(int), seed).tolist()
    return [
        {**record, PROBLEM.target: label} for record, label in zip(records, labels, strict=True)
    ]


def _flipped(labels: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(FLIP_SEED + seed)
    chosen = rng.permutation(len(labels))[: round(FLIPPED_SHARE * len(labels))]
    changed = labels.copy()
    changed[chosen] = 1 - changed[chosen]
    return changed


def _shuffled(labels: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(SHUFFLE_SEED + seed).permutation(labels)
