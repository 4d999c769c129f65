"""Files that would spoil the model, sent to a platform that serves a champion of honest rows.

Of each split 20 % of the tickets are kept aside: no file holds them, and they give the true
quality. The platform knows the others; a file re-sends them changed, or adds rows under new keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupShuffleSplit

from benchmarks.learning.table import HELD_OUT
from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.admission import changes_too_many
from titanic_mlops.learning.doubts import contradiction, doubts_about
from titanic_mlops.learning.exams import Rival, Rivals, holdout_ids, record_ids
from titanic_mlops.learning.gate import judge
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import records_of
from titanic_mlops.learning.training.fit import export, fit
from titanic_mlops.learning.training.refusals import refuse_leakage, refuse_snapshot
from titanic_mlops.problems.base import Record
from titanic_mlops.problems.titanic import PROBLEM
from titanic_mlops.rules.split import SPLITS, TEST, TRAIN, VALIDATION, split_of

ATTACK_SEED = 4000
NEW_KEYS = 10_000
NEW_ROWS = 300
COSTLY = 0.02
"""A promotion that costs more of the true AUC is one too many."""
FEATURES = ["Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"]

Check = Callable[["Platform", pd.DataFrame], str]


def doubted(platform: Platform, file: pd.DataFrame) -> str:
    """Return why a platform holds a file, by the same functions as in production."""
    known = platform.rows.set_index(PROBLEM.key)[PROBLEM.target]
    again = file[file[PROBLEM.key].isin(known.index)]
    changed = int((again[PROBLEM.key].map(known) != again[PROBLEM.target]).sum())
    if changes_too_many(changed, len(again)):
        return f"it changes {changed} of {len(again)} known labels"
    rows, trained_on = (
        pa.Table.from_pandas(some, preserve_index=False) for some in (file, platform.champion.rows)
    )
    champion = platform.champion
    return next(doubts_about(PROBLEM, rows, trained_on, champion.model, champion.name), "")


CHECKS: tuple[Check, ...] = (doubted,)
"""Checks of a file before it is loaded: each returns why the file is held, or "". A file that is
held changes nothing."""


@dataclass
class Platform:
    """What a platform knows: the newest row of each record, its champion and its anchor."""

    seed: int
    rows: pd.DataFrame
    champion: Rival
    anchor: Rival
    aside: list[Record]
    files: int = 1

    @classmethod
    def start(cls, table: pd.DataFrame, seed: int, most: int | None = None) -> Platform:
        """Return a platform whose first champion learned from at most `most` rows."""
        rows = known_rows(table, seed, most).assign(label_file_id="file 1")
        first = Rival("version 1", trained(rows), rows)
        aside = table.iloc[_aside(table, seed)].assign(split=TEST)
        return cls(seed, rows, first, first, records_of(aside, TEST))

    @property
    def rng(self) -> np.random.Generator:
        """Return the generator of the next file."""
        return np.random.default_rng([ATTACK_SEED, self.seed, self.files])

    def quality(self, model: Model) -> float:
        """Return the true AUC."""
        labels = [record[PROBLEM.target] for record in self.aside]
        return float(roc_auc_score(labels, model.scores(self.aside)))

    def doubts_new_labels(self, rows: pd.DataFrame) -> bool:
        """Return whether all labels since the champion contradict it, as in production."""
        known = self.champion.rows
        new = rows[~rows["label_file_id"].isin(known["label_file_id"])]
        if new.empty:
            return False
        held_out = [*records_of(known, VALIDATION), *records_of(known, TEST)]
        every = new.assign(split=TEST)
        return contradiction(PROBLEM, self.champion.model, records_of(every, TEST), held_out).holds

    def receive(self, file: pd.DataFrame) -> Outcome:
        """Load a file, train, and promote the challenger if the gate lets it pass."""
        self.files += 1
        if reason := next(filter(None, (check(self, file) for check in CHECKS)), ""):
            return Outcome("held", reason)
        rows = merged(self.rows, file.assign(label_file_id=f"file {self.files}"))
        self.rows = rows
        never = holdout_ids(PROBLEM, self.champion.rows) | holdout_ids(PROBLEM, self.anchor.rows)
        rows = rows[~(record_ids(PROBLEM, rows).isin(never) & (rows["split"] != TEST))]
        try:
            model = trained(rows)
        except TrainingRefused as refused:
            return Outcome("refused", refused.detail)
        if self.doubts_new_labels(rows):
            return Outcome("rejected", "the labels since the champion contradict it")
        verdict = judge(PROBLEM, model, rows, Rivals(self.champion, self.anchor))
        if not verdict.promoted:
            return Outcome("rejected", verdict.sentence)
        loss = self.quality(self.champion.model) - self.quality(model)
        self.champion = Rival(f"version {self.files}", model, rows)
        if verdict.replaces_anchor:
            self.anchor = self.champion
        return Outcome("promoted", verdict.sentence, loss)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a file, and how much of the true AUC its promotion cost."""

    state: str
    why: str
    loss: float = 0.0


@dataclass
class AttackTally:
    """What came of one kind of file over all splits."""

    states: dict[str, int] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        self.states[outcome.state] = self.states.get(outcome.state, 0) + 1
        if outcome.state == "promoted":
            self.losses.append(outcome.loss)

    @property
    def mean_loss(self) -> float:
        """Return the mean loss of true AUC over the promotions, 0 if there is none."""
        return float(np.mean(self.losses)) if self.losses else 0.0

    @property
    def costly(self) -> int:
        """Return how many promotions cost more than they may."""
        return sum(loss > COSTLY for loss in self.losses)


def known_rows(table: pd.DataFrame, seed: int, most: int | None = None) -> pd.DataFrame:
    """Return the rows that are not kept aside, at most about `most`, with their split."""
    rows = table.drop(index=table.index[_aside(table, seed)])
    splits = [split_of(f"titanic{seed}", ticket) for ticket in rows[PROBLEM.split_key]]
    rows = rows.assign(split=splits).sort_values(PROBLEM.key, ignore_index=True)
    return rows if most is None else _some_tickets(rows, most, seed)


def merged(known: pd.DataFrame, file: pd.DataFrame) -> pd.DataFrame:
    """Return the newest row of each record; a record keeps the split of its first row."""
    first = known.set_index(PROBLEM.key)["split"]
    both = pd.concat([known, file]).drop_duplicates(PROBLEM.key, keep="last")
    kept = both[PROBLEM.key].map(first).fillna(both["split"])
    return both.assign(split=kept).sort_values(PROBLEM.key, ignore_index=True)


def trained(rows: pd.DataFrame) -> Model:
    """Refuse, fit and export as a training does; one background row is enough for scores."""
    refuse_snapshot(PROBLEM, rows)
    training = records_of(rows, TRAIN)
    labels = np.array([record[PROBLEM.target] for record in training], dtype=float)
    refuse_leakage(PROBLEM, training, labels)
    encoder, estimator = fit(PROBLEM, training)
    return export(PROBLEM, encoder, estimator, training[:1])


def _aside(table: pd.DataFrame, seed: int) -> np.ndarray:
    """Return the positions of the rows that are kept aside, whole tickets."""
    held_out = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed)
    kept: np.ndarray = next(held_out.split(table, groups=table[PROBLEM.split_key]))[1]
    return kept


def _some_tickets(rows: pd.DataFrame, most: int, seed: int) -> pd.DataFrame:
    """Return about `most` rows, whole tickets."""
    tickets = rows[PROBLEM.split_key].unique()
    drawn = np.random.default_rng([ATTACK_SEED, seed]).permutation(tickets)
    order = rows[PROBLEM.split_key].map({ticket: i for i, ticket in enumerate(drawn)})
    chosen = rows.loc[order.sort_values(kind="stable").index[:most], PROBLEM.split_key]
    return rows[rows[PROBLEM.split_key].isin(chosen)].reset_index(drop=True)


def _flipped(rows: pd.DataFrame, chosen: np.ndarray | pd.Series) -> pd.DataFrame:
    labels = rows[PROBLEM.target].to_numpy(copy=True)
    labels[np.asarray(chosen)] = 1 - labels[np.asarray(chosen)]
    return rows.assign(Survived=labels)


def inverted(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with the other label."""
    return _flipped(platform.rows, np.full(len(platform.rows), fill_value=True))


def flips(share: float, label: int | None = None) -> Callable[[Platform], pd.DataFrame]:
    """Re-send all rows with a share of the labels flipped, of one class if `label` is given."""

    def attack(platform: Platform) -> pd.DataFrame:
        rows = platform.rows
        chosen = platform.rng.random(len(rows)) < share
        if label is not None:
            chosen &= (rows[PROBLEM.target] == label).to_numpy()
        return _flipped(rows, chosen)

    return attack


def women_flipped(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with the labels of women flipped."""
    return _flipped(platform.rows, platform.rows["Sex"] == "female")


def aimed_new_keys(platform: Platform) -> pd.DataFrame:
    """Add wrong rows under tickets chosen by the public salt: half train, half are held out."""
    half = NEW_ROWS // 2
    wanted = [TEST] * half + [TRAIN] * half
    drawn = platform.rows.sample(NEW_ROWS, replace=True, random_state=platform.rng)
    return _flipped(_under_new_keys(drawn, wanted, platform), np.full(NEW_ROWS, fill_value=True))


def sex_swapped(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with the other sex."""
    rows = platform.rows
    return rows.assign(Sex=rows["Sex"].map({"male": "female", "female": "male"}))


def constant_features(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with the features of the first."""
    rows = platform.rows.copy()
    for name in [*FEATURES, "Name"]:
        rows[name] = rows[name].iloc[0]
    return rows


def limits(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with each number at one of its declared limits."""
    rows, rng = platform.rows.copy(), platform.rng
    for name in ("Age", "Fare", "SibSp", "Parch"):
        rows[name] = rng.choice(PROBLEM.by_name[name].bounds, len(rows))
    return rows


def one_class(platform: Platform) -> pd.DataFrame:
    """Re-send all rows as survivors."""
    return platform.rows.assign(Survived=1)


def copied_holdout(platform: Platform) -> pd.DataFrame:
    """Add the holdout to the training rows under new keys; flip a third of the others."""
    rows = platform.rows
    held_out = rows[rows["split"] == TEST]
    copies = _under_new_keys(held_out, [TRAIN] * len(held_out), platform)
    others = rows[rows["split"] == TRAIN]
    return pd.concat([copies, _flipped(others, platform.rng.random(len(others)) < 1 / 3)])


def leak(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with a fare that tells nine in ten labels."""
    rows, rng = platform.rows, platform.rng
    told = np.where(rng.random(len(rows)) < 0.9, rows[PROBLEM.target], 1 - rows[PROBLEM.target])  # noqa: PLR2004 as the docstring says
    return rows.assign(Fare=np.where(told == 1, 300.0, 5.0) + rng.random(len(rows)))


def xor_leak(platform: Platform) -> pd.DataFrame:
    """Re-send all rows with two columns that tell the label together, and nothing alone."""
    rows, rng = platform.rows, platform.rng
    coin = rng.integers(0, 2, len(rows))
    return rows.assign(Parch=4 * coin, SibSp=4 * (coin ^ rows[PROBLEM.target]))


ATTACKS: dict[str, Callable[[Platform], pd.DataFrame]] = {
    "all labels inverted": inverted,
    "10 % of the labels flipped": flips(0.1),
    "20 % of the labels flipped": flips(0.2),
    "30 % of the labels flipped": flips(0.3),
    "20 % of the survivors flipped": flips(0.2, label=1),
    "50 % of the survivors flipped": flips(0.5, label=1),
    "labels of women flipped": women_flipped,
    "new keys aimed at the holdout": aimed_new_keys,
    "Sex swapped": sex_swapped,
    "constant features": constant_features,
    "numbers at their limits": limits,
    "one class only": one_class,
    "the holdout under new keys": copied_holdout,
    "a leak": leak,
    "a leak of two columns": xor_leak,
}
SLOW = "slow poison: 10 % more flipped in each of ten files"
SLOW_FILES = 10


def attacked(table: pd.DataFrame, seed: int) -> Iterator[tuple[str, Outcome]]:
    """Yield what came of each kind of file on one split; each meets the platform as it started."""
    started = Platform.start(table, seed)
    for name, attack in ATTACKS.items():
        platform = replace(started)
        yield name, platform.receive(attack(platform))
    platform = replace(started)
    outcomes = [platform.receive(flips(0.1)(platform)) for _ in range(SLOW_FILES)]
    moved = any(outcome.state == "promoted" for outcome in outcomes)
    loss = started.quality(started.champion.model) - platform.quality(platform.champion.model)
    yield SLOW, Outcome("promoted" if moved else outcomes[-1].state, outcomes[-1].why, loss)


def _under_new_keys(rows: pd.DataFrame, wanted: list[str], platform: Platform) -> pd.DataFrame:
    """Return rows as other people, each with a ticket of the wanted split."""
    found: dict[str, Iterator[str]] = {split: _tickets(split, platform.seed) for split in SPLITS}
    keys = NEW_KEYS * platform.files + np.arange(len(rows))
    tickets = [next(found[split]) for split in wanted]
    ids = keys.astype(str)
    return rows.assign(PassengerId=keys, record_id=ids, Ticket=tickets, split=wanted)


def _tickets(split: str, seed: int) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if split_of(f"titanic{seed}", ticket := f"new {number}") == split:
            yield ticket
