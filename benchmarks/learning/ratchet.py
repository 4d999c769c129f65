"""Can many small losses, each within the margins, add up? The best adversary, round by round.

The adversary knows everything: the salt, the rows, the models, the true quality. In each round it
tries every file of its repertoire, and sends the one whose promotion costs most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.learning.attacks import Platform
from titanic_mlops.rules.split import TRAIN

ROUNDS = 20
SPLITS = 20
MEAN_LOSS, LOSS_95 = 0.03, 0.05
"""What the champion may lose over all rounds: on average, and at the 95th percentile."""


def poisoned(share: float, column: str = "", value: object = None) -> Callable[..., pd.DataFrame]:
    """Re-send training rows with a share of their labels flipped; the holdout stays honest."""

    def file(platform: Platform) -> pd.DataFrame:
        rows = platform.rows
        chosen = (rows["split"] == TRAIN).to_numpy() & (platform.rng.random(len(rows)) < share)
        if column:
            chosen &= (rows[column] == value).to_numpy()
        labels = np.where(chosen, 1 - rows["Survived"], rows["Survived"])
        return rows.assign(Survived=labels)[chosen]

    return file


REPERTOIRE = (
    poisoned(0.02),
    poisoned(0.05),
    poisoned(0.1, "Sex", "female"),
    poisoned(0.1, "Pclass", 3),
)


def loss_after_rounds(table: pd.DataFrame, seed: int, rounds: int = ROUNDS) -> float:
    """Return how much of the true AUC the champion has lost since the start of one split."""
    platform = Platform.start(table, seed)
    start = platform.quality(platform.champion.model)
    for _ in range(rounds):
        best = platform
        for file in REPERTOIRE:
            tried = replace(platform)
            sent = file(tried)
            if len(sent) and tried.receive(sent).state == "promoted":
                best = min(best, tried, key=lambda one: one.quality(one.champion.model))
        # Without a promotion the files change nothing that serves, and the next ones differ.
        platform = replace(platform, files=platform.files + 1) if best is platform else best
    return start - platform.quality(platform.champion.model)


def summary(losses: Sequence[float]) -> list[list[str]]:
    """Return the loss over all rounds, on average and at the 95th percentile, with its limit."""
    return [
        ["mean", f"{np.mean(losses):+.3f}", f"{MEAN_LOSS}"],
        ["95th percentile", f"{np.quantile(losses, 0.95):+.3f}", f"{LOSS_95}"],
    ]
