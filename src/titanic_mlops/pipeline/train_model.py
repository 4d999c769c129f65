"""Train a challenger on all loaded rows, let the gate judge it, and finish the file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version as version_of

import pandas as pd

from titanic_mlops.card import FORMAT, LEFT_OUT, Card, Snapshot, StoredFile
from titanic_mlops.errors import (
    Conflict,
    EventUnreadable,
    ModelDamaged,
    NotFound,
    TrainingRefused,
)
from titanic_mlops.events import IngestionComplete
from titanic_mlops.learning.gate import figures
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.small import figures_left_out, is_small
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.learning.training.snapshot import read_snapshot
from titanic_mlops.learning.verdict import Verdict, not_compared
from titanic_mlops.ledger import TRAINED, Ledger
from titanic_mlops.monitoring.training_profile import training_profile
from titanic_mlops.pipeline.evaluations import keep_verdict
from titanic_mlops.pipeline.history import record
from titanic_mlops.pipeline.judge_model import (
    Challenger,
    Training,
    assess_model,
    judge_model,
)
from titanic_mlops.pipeline.training_rows import PINNED, current_snapshot, named_snapshot
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION
from titanic_mlops.tables.problem import training_data
from titanic_mlops.tables.schema import schema_json

LIBRARIES = ("numpy", "pandas", "pyarrow", "scikit-learn")


@dataclass(frozen=True, slots=True)
class _Run:
    problem: Problem
    ports: Ports
    snapshot: Snapshot
    rows: pd.DataFrame

    @property
    def salt(self) -> str:
        """Return the salt of the split."""
        return self.problem.name


def train_model(
    event: IngestionComplete | None, problem: Problem, ports: Ports, digest: str = ""
) -> Training:
    """Train on all loaded rows and judge the model; every verdict is kept.

    `event` names the file that asked for the training, which is then done; it is None for a
    training that was asked for by a command, which may name a stored snapshot by its `digest`.
    Where trainings are pinned, only such a one trains.
    """
    if event and event.problem != problem.name:
        raise EventUnreadable(
            f"{event.file} is a file of {event.problem!a}, and this training is of {problem.name}."
        )
    if ports.pinned and not digest:
        if event is not None:
            _finish(event, problem, ports, why=PINNED)
        return Training(None, promoted=False, verdict=not_compared(PINNED))
    run = _run(problem, ports, digest)
    try:
        training = judge_model(_challenger(run), problem, ports)
    except TrainingRefused as refused:
        verdict = not_compared(refused.detail)
        keep_verdict(ports, verdict, snapshot=run.snapshot)
        training = Training(None, promoted=False, verdict=verdict)
    if event is not None:
        _finish(event, problem, ports)
    return training


def try_training(problem: Problem, ports: Ports, digest: str = "") -> Verdict:
    """Train and judge as `train_model` does, without a version, a move or a stored verdict.

    Raises:
        TrainingRefused: the rows cannot be learned from.
    """
    return assess_model(_trained(_run(problem, ports, digest)), problem, ports)


def _run(problem: Problem, ports: Ports, digest: str) -> _Run:
    snapshot = (
        named_snapshot(problem, ports, digest) if digest else current_snapshot(problem, ports)
    )
    rows = read_snapshot(problem, ports.storage, snapshot.sha256)
    return _Run(problem, ports, snapshot, rows)


def _challenger(run: _Run) -> Challenger:
    """Return the model of these rows and this code: registered before, or trained now."""
    if known := _known(run):
        return _of(run, *known)
    return _trained(run)


def _trained(run: _Run) -> Challenger:
    return _of(run, train(run.problem, run.rows).to_bytes())


def _of(run: _Run, files: tuple[bytes, bytes], card: Card | None = None) -> Challenger:
    return Challenger(
        files=files,
        snapshot=run.snapshot,
        rows=run.rows,
        salt=run.salt,
        describe=lambda verdict, version: _card(run, files, verdict, version),
        card=card,
    )


def _known(run: _Run) -> tuple[tuple[bytes, bytes], Card] | None:
    registry = Registry(run.ports.storage, run.problem.name)
    for card in registry.cards():
        same_rows = card.snapshot.sha256 == run.snapshot.sha256
        if same_rows and card.code_version == run.ports.code_version():
            with suppress(ModelDamaged):  # the same model is trained again, and judged as such
                return registry.files(card.version), card
    return None


def _card(run: _Run, files: tuple[bytes, bytes], verdict: Verdict, version: int) -> Card:
    model = Model.from_bytes(*files)
    schema = schema_json(training_data(run.problem))
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
        split_salt=run.salt,
        code_version=run.ports.code_version(),
        libraries={name: version_of(name) for name in LIBRARIES},
        parameters=dict(model.fitting),
        metrics=_metrics(run, model),
        verdict=verdict.to_json(),
        key=run.problem.key,
        target=run.problem.target,
        task=run.problem.task,
        format=FORMAT,
        profile=training_profile(run.problem, model, run.rows).to_json(),
    )


def _metrics(run: _Run, model: Model) -> dict[str, dict[str, float]]:
    """Return the figures of each split; those of a small table, which has none, of all rows."""
    if is_small(run.rows):
        return {LEFT_OUT: figures_left_out(run.problem, model, run.rows)}
    return {
        split: figures(run.problem, model, records_of(run.rows, split))
        for split in (TRAIN, VALIDATION, TEST)
    }


def _finish(event: IngestionComplete, problem: Problem, ports: Ports, *, why: str = "") -> None:
    ledger = Ledger(ports.storage, problem.name)
    try:
        entry = ledger.get(event.batch)
        while entry.state in TRAINED:
            try:
                said = f"{entry.reason.rstrip('.')}. {why}" if entry.reason and why else why
                entry = record(
                    ports, ledger, entry, TRAINED[entry.state], reason=said or entry.reason
                )
            except Conflict:
                entry = ledger.get(event.batch)
    except NotFound:
        return  # the message belongs to another home, whose file is not in this ledger
