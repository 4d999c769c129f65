"""Loaded rows become a version, and the version the champion, if the gate lets it pass."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import version as version_of

import pandas as pd

from titanic_mlops.card import Card, Snapshot, StoredFile
from titanic_mlops.errors import Conflict, ModelDamaged, NotFound, TrainingRefused
from titanic_mlops.events import IngestionComplete
from titanic_mlops.learning.gate import Verdict, figures, judge, refusal
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import parameters_of, records_of, train
from titanic_mlops.learning.training.snapshot import read_snapshot, take_snapshot
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.history import record
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Champion, Registry
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import EVALUATIONS
from titanic_mlops.tables.problem import training_data
from titanic_mlops.tables.schema import schema_json

GATE = "the gate"
LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn")
_INSERT = sql.insert_once(EVALUATIONS, unless_equal=("evaluation_id",))


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a training: `version` is None when nothing honest could be learned."""

    version: int | None
    promoted: bool
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """Return the verdict with the challenger called by its number."""
        if self.version is None:
            return self.verdict.sentence
        return self.verdict.sentence.replace("The challenger", f"Version {self.version}", 1)


@dataclass(frozen=True, slots=True)
class _Run:
    problem: Problem
    ports: Ports
    registry: Registry
    snapshot: Snapshot
    rows: pd.DataFrame


def train_model(event: IngestionComplete | None, problem: Problem, ports: Ports) -> Training:
    """Train on all that is loaded, let the gate decide, and keep the verdict.

    `event` is what asked for it, None when a person did; its file is then done.
    """
    snapshot = take_snapshot(problem, ports.warehouse, ports.storage)
    rows = read_snapshot(problem, ports.storage, snapshot.sha256)
    run = _Run(problem, ports, Registry(ports.storage, problem.name), snapshot, rows)
    try:
        training = _judge(run, *_challenger(run))
    except TrainingRefused as refused:
        verdict = refusal(refused.detail)
        _keep(run, verdict, None, Champion(), "")
        training = Training(None, promoted=False, verdict=verdict)
    if event is not None:
        _finish(event, problem, ports)
    return training


def _challenger(run: _Run) -> tuple[tuple[bytes, bytes], Card | None]:
    """Return the model these rows and this code give: trained before, or now."""
    for card in run.registry.cards():
        same_rows = card.snapshot.sha256 == run.snapshot.sha256
        if same_rows and card.code_version == run.ports.code_version():
            return run.registry.files(card.version), card
    return train(run.problem, run.rows).to_bytes(), None


def _judge(run: _Run, files: tuple[bytes, bytes], known: Card | None) -> Training:
    """Compare with the champion until nobody changes it in between."""
    model = Model.from_bytes(*files)
    while True:
        champion = run.registry.champion()
        verdict = _verdict(run, model, champion)
        card = known or run.registry.register(files, partial(_card, run, files, model, verdict))
        verdict = _bounded(run.registry, card, champion, verdict)
        digest = StoredFile.of(files[0]).sha256
        _keep(run, verdict, card.version, champion, digest)
        if not verdict.promoted:
            return Training(card.version, promoted=False, verdict=verdict)
        known = card
        try:
            run.registry.promote(
                card.version,
                by=GATE,
                why=verdict.sentence,
                at=run.ports.clock.now(),
                expected=champion,
            )
        except Conflict:
            continue
        return Training(card.version, promoted=True, verdict=verdict)


def _verdict(run: _Run, model: Model, champion: Champion) -> Verdict:
    holdout = records_of(run.rows, TEST)
    if not champion.version:
        return judge(run.problem, model, None, holdout)
    try:
        serving = run.registry.load(champion.version)
        card = run.registry.card(champion.version)
    except ModelDamaged as damaged:
        return refusal(f"The challenger is not compared: {damaged.detail}")
    if run.snapshot.generation < card.snapshot.generation:
        return refusal(
            f"The challenger is refused: version {champion.version} was trained on newer rows."
        )
    name = f"version {champion.version}"
    return judge(run.problem, model, serving, holdout, champion_name=name)


def _bounded(registry: Registry, card: Card, champion: Champion, verdict: Verdict) -> Verdict:
    """Let nothing come back by itself: a rolled-back or older version stays where it is.

    Two trainings at once may register the same bytes as two versions: bytes count, not numbers.
    """
    same = {known.version for known in registry.cards() if known.model == card.model}
    if champion.version in same:
        return refusal(f"Version {champion.version} serves already, and these rows give it again.")
    if barred := same.intersection(champion.barred):
        return refusal(
            f"Version {min(barred)} was rolled back and these rows give it again; it stays out "
            "until a person promotes it."
        )
    if card.version < champion.version:
        return refusal(
            f"Version {card.version} is older than the champion, version {champion.version}; only "
            "a rollback goes back."
        )
    return verdict


def _card(
    run: _Run, files: tuple[bytes, bytes], model: Model, verdict: Verdict, version: int
) -> Card:
    schema = schema_json(training_data(run.problem))
    measured = {
        split: figures(run.problem, model, records_of(run.rows, split))
        for split in (TRAIN, VALIDATION, TEST)
    }
    return Card(
        version=version,
        problem=run.problem.name,
        created_at=run.ports.clock.now().isoformat(),
        model={
            "model.npz": StoredFile.of(files[0]),
            "model.json": StoredFile.of(files[1]),
        },
        schema_sha256=sha256(schema.encode()).hexdigest(),
        snapshot=run.snapshot,
        split_salt=run.problem.name,
        code_version=run.ports.code_version(),
        libraries={name: version_of(name) for name in LIBRARIES},
        parameters=parameters_of(run.problem),
        metrics=measured,
        verdict=verdict.to_json(),
    )


def _keep(
    run: _Run, verdict: Verdict, version: int | None, champion: Champion, digest: str
) -> None:
    """Store the verdict; the same comparison is stored once."""
    compared = f"{run.snapshot.sha256}:{digest}:{champion.stored}:{verdict.sentence}"
    run.ports.warehouse.execute(
        _INSERT,
        {
            "evaluation_id": sha256(compared.encode()).hexdigest(),
            "evaluated_at": run.ports.clock.now(),
            "snapshot": run.snapshot.sha256,
            "challenger": version,
            "champion": champion.version or None,
            "promoted": verdict.promoted,
            "sentence": verdict.sentence,
            "verdict": json.dumps(verdict.to_json()),
        },
    )


def _finish(event: IngestionComplete, problem: Problem, ports: Ports) -> None:
    ledger = Ledger(ports.storage, problem.name)
    try:
        entry = ledger.get(event.batch)
        while entry.state in ("loaded", "announced"):
            try:
                entry = record(ports, ledger, entry, "done")
            except Conflict:
                entry = ledger.get(event.batch)
    except NotFound:
        return  # a message of another home: its file is not known here
