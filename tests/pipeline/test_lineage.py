"""A version is traced to its rows and back: reproduction, named snapshots, pins."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pipeline.conftest import Drop, Rows, count, query
from titanic_mlops.errors import (
    NotFound,
    Rejected,
    SnapshotDamaged,
    TitanicMlopsError,
    TrainingRefused,
    UnknownName,
)
from titanic_mlops.events import INGESTION_COMPLETE, IngestionComplete
from titanic_mlops.learning.stored_snapshot import newest_snapshot, snapshot_key
from titanic_mlops.learning.training import train
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.erase import erase
from titanic_mlops.pipeline.file_decisions import revoke
from titanic_mlops.pipeline.pins import Pin, pin_current, pull
from titanic_mlops.pipeline.reproduce import reproduce
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.pipeline.train_model import train_model, try_training
from titanic_mlops.pipeline.training_rows import PINNED, named_snapshot
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings

TITANIC = load_problem("titanic")


@pytest.fixture
def champion(trained: Path, tmp_path: Path) -> Iterator[LocalPlatform]:
    """Return a platform with version 1 of the real table, for one test alone."""
    platform = open_local(Settings(Path(shutil.copytree(trained, tmp_path / "home"))), TITANIC)
    yield platform
    platform.queue.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[LocalPlatform]:
    """Return a platform that has seen no file, whose trainings are pinned."""
    platform = open_local(Settings(tmp_path / "bare", pinned=("titanic",)), TITANIC)
    yield platform
    platform.queue.close()


def snapshot_of(platform: LocalPlatform) -> str:
    return Registry(platform.ports.storage, "titanic").card(1).snapshot.sha256


def bytes_of(platform: LocalPlatform, digest: str) -> bytes:
    found = platform.ports.storage.get(snapshot_key(TITANIC, digest))
    return found[0] if found else b""


def damage(platform: LocalPlatform, digest: str) -> None:
    """Change one bit in the middle of a stored snapshot."""
    data = bytearray(bytes_of(platform, digest))
    data[len(data) // 2] ^= 1
    platform.ports.storage.put(snapshot_key(TITANIC, digest), bytes(data))


def sentence(platform: LocalPlatform, **ports: object) -> str:
    changed: Ports = replace(platform.ports, **ports)  # type: ignore[arg-type] # fields of Ports
    found = reproduce(1, TITANIC, changed)
    assert not found.same
    return found.sentence


def test_a_version_gives_the_same_bytes_again(champion: LocalPlatform) -> None:
    found = reproduce(1, TITANIC, champion.ports)
    assert (found.same, found.differences) == (True, ())
    assert found.files == {"model.npz": True, "model.json": True}
    assert count(champion, "evaluations") == 1, "a reproduction stores nothing"


def test_a_small_tables_version_gives_the_same_bytes(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("small.csv", table[:120])
    train_model(None, TITANIC, platform.ports)
    assert reproduce(1, TITANIC, platform.ports).same


def test_a_version_after_a_champion_gives_the_same_bytes(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """Its rows were chosen by the champion's holdout: the snapshot holds what came of that."""
    drop("first.csv", table[:600])
    train_model(None, TITANIC, platform.ports)
    drop("second.csv", table[600:])
    assert train_model(None, TITANIC, platform.ports).version == 2
    found = reproduce(2, TITANIC, platform.ports)
    assert found.same, found.sentence


def test_other_code_that_gives_the_same_bytes_is_named(champion: LocalPlatform) -> None:
    other = replace(champion.ports, code_version=lambda: "abc+def")
    found = reproduce(1, TITANIC, other)
    assert found.same
    assert [one.part for one in found.differences] == ["code"]
    assert "although these differ: code " in found.sentence


def test_other_code_and_libraries_are_named_where_bytes_differ(
    champion: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "titanic_mlops.pipeline.reproduce"
    monkeypatch.setattr(f"{module}.train", lambda problem, rows: train(problem, rows, seed=7))
    assert "something that no card keeps" in sentence(champion)
    monkeypatch.setattr(f"{module}.version", lambda _name: "0.0")
    told = sentence(champion, code_version=lambda: "abc+def")
    assert "not reproduced, the bytes of model.npz and model.json are others" in told
    assert ", now abc+def; numpy " in told
    assert "scikit-learn " in told


def test_damaged_and_lost_data_are_told_apart(champion: LocalPlatform) -> None:
    digest = snapshot_of(champion)
    damage(champion, digest)
    assert "its data is damaged" in sentence(champion)
    champion.ports.storage.delete(snapshot_key(TITANIC, digest))
    assert "its data is gone" in sentence(champion)


def test_data_without_an_erased_record_is_named(champion: LocalPlatform) -> None:
    erase("5", TITANIC, champion.ports, why="asked", by="a test")
    told = sentence(champion)
    assert "replaced its snapshot, without an erased record" in told


def test_a_named_snapshot_is_judged_by_the_gate(champion: LocalPlatform) -> None:
    digest = snapshot_of(champion)
    training = train_model(None, TITANIC, champion.ports, digest)
    assert (training.version, training.promoted) == (1, False)
    assert "already serves" in training.sentence


def test_an_older_named_snapshot_does_not_return_by_itself(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("first.csv", table[:600])
    train_model(None, TITANIC, platform.ports)
    drop("second.csv", table[600:])
    train_model(None, TITANIC, platform.ports)
    registry = Registry(platform.ports.storage, "titanic")
    at = platform.ports.clock.now()
    if registry.champion().version != 2:
        registry.promote(2, by="a test", why="newer", at=at)
    training = train_model(None, TITANIC, platform.ports, snapshot_of(platform))
    assert not training.promoted
    assert "titanic-mlops models promote 1" in training.sentence
    assert registry.champion().version == 2


def test_a_dry_run_of_a_named_snapshot_changes_nothing(
    champion: LocalPlatform, bare: LocalPlatform
) -> None:
    digest = snapshot_of(champion)
    bare.ports.storage.put(snapshot_key(TITANIC, digest), bytes_of(champion, digest))
    assert try_training(TITANIC, bare.ports, digest).promoted
    assert Registry(bare.ports.storage, "titanic").cards() == []
    assert count(bare, "evaluations") == 0


@pytest.mark.parametrize("named", ["abc", "../../x", "A" * 64, "g" * 64, " "])
def test_what_is_no_sha256_is_refused(champion: LocalPlatform, named: str) -> None:
    with pytest.raises(Rejected, match="64 hexadecimal digits"):
        train_model(None, TITANIC, champion.ports, named)


def test_an_unknown_or_damaged_snapshot_does_not_train(champion: LocalPlatform) -> None:
    with pytest.raises(UnknownName, match="data pull"):
        train_model(None, TITANIC, champion.ports, "0" * 64)
    digest = snapshot_of(champion)
    damage(champion, digest)
    with pytest.raises(SnapshotDamaged, match="its sha256 differs"):
        train_model(None, TITANIC, champion.ports, digest)
    assert len(Registry(champion.ports.storage, "titanic").cards()) == 1


def test_a_snapshot_of_another_problem_is_refused(champion: LocalPlatform) -> None:
    diamonds, digest = load_problem("diamonds"), snapshot_of(champion)
    champion.ports.storage.put(snapshot_key(diamonds, digest), bytes_of(champion, digest))
    with pytest.raises(Rejected, match=r"has no column .*carat.*of another problem than diamonds"):
        named_snapshot(diamonds, champion.ports, digest)


def test_a_replaced_snapshot_names_its_replacement(champion: LocalPlatform) -> None:
    digest = snapshot_of(champion)
    erase("5", TITANIC, champion.ports, why="asked", by="a test")
    newest = newest_snapshot(TITANIC, champion.ports.storage, digest)
    with pytest.raises(Rejected, match=f"was replaced by {newest}"):
        train_model(None, TITANIC, champion.ports, digest)


def test_rows_of_a_revoked_file_are_not_promoted(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """No champion stands in the way: the revocation alone refuses."""
    entry = drop("first.csv", table)
    pin = pin_current(TITANIC, platform.ports)
    train_model(
        IngestionComplete("titanic", entry.file_id, entry.file, 891, 0),
        TITANIC,
        replace(platform.ports, pinned=True),
    )
    revoke(entry.file_id, TITANIC, platform.ports, why="wrong", by="a test")
    for verdict in (
        try_training(TITANIC, platform.ports, pin.sha256),
        train_model(None, TITANIC, platform.ports, pin.sha256).verdict,
    ):
        assert not verdict.promoted
        assert "which is revoked" in verdict.sentence
    assert Registry(platform.ports.storage, "titanic").champion().version == 0


def test_a_file_starts_no_training_where_it_is_pinned(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """Ledger and history agree, and a redelivered message and the sweep find nothing to do."""
    ports = replace(platform.ports, pinned=True)
    entry = drop("first.csv", table)
    event = IngestionComplete("titanic", entry.file_id, entry.file, 891, 0)
    for _ in range(2):
        training = train_model(event, TITANIC, ports)
        assert (training.version, training.sentence) == (None, PINNED)
    done = Ledger(ports.storage, "titanic").get(entry.file_id)
    assert (done.state, done.reason) == ("done", PINNED)
    told = query(platform, "SELECT state, reason FROM ingestions WHERE state = 'done'")
    assert told == [{"state": "done", "reason": done.reason}]
    assert sweep(TITANIC, ports) == []
    assert Registry(ports.storage, "titanic").cards() == []


def test_a_revocation_keeps_its_reason_where_it_is_pinned(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    ports = replace(platform.ports, pinned=True)
    entry = drop("first.csv", table)
    event = IngestionComplete("titanic", entry.file_id, entry.file, 891, 0)
    train_model(event, TITANIC, ports)
    revoke(entry.file_id, TITANIC, ports, why="labels inverted", by="a test")
    train_model(event, TITANIC, ports)
    revoked = Ledger(ports.storage, "titanic").get(entry.file_id)
    assert revoked.state == "revoked"
    assert revoked.reason.startswith("labels inverted")
    assert revoked.reason.endswith(PINNED)


def test_a_pull_brings_the_rows_that_were_pinned(
    champion: LocalPlatform, bare: LocalPlatform
) -> None:
    pin = pin_current(TITANIC, champion.ports)
    assert pull(pin, TITANIC, bare.ports, Path(pin.uri).read_bytes)
    assert not pull(pin, TITANIC, bare.ports, lambda: pytest.fail("it is stored already"))
    assert train_model(None, TITANIC, bare.ports, pin.sha256).promoted
    assert count(bare, "evaluations") == 1, "a promotion of pinned rows is a row too"
    cards = [Registry(one.ports.storage, "titanic").card(1) for one in (champion, bare)]
    assert cards[0].model == cards[1].model


def test_a_pull_replaces_a_damaged_snapshot(champion: LocalPlatform, bare: LocalPlatform) -> None:
    pin = pin_current(TITANIC, champion.ports)
    pull(pin, TITANIC, bare.ports, Path(pin.uri).read_bytes)
    damage(bare, pin.sha256)
    assert pull(pin, TITANIC, bare.ports, Path(pin.uri).read_bytes)
    assert train_model(None, TITANIC, bare.ports, pin.sha256).promoted


def test_other_bytes_rows_or_problems_are_not_pulled(
    champion: LocalPlatform, bare: LocalPlatform
) -> None:
    pin = pin_current(TITANIC, champion.ports)
    data = Path(pin.uri).read_bytes()
    faults: list[tuple[Pin, bytes, type[TitanicMlopsError], str]] = [
        (pin, data[:-1] + b"x", SnapshotDamaged, "its sha256 is"),
        (replace(pin, rows=890), data, Rejected, "has 891 rows, and the pin says 890"),
        (replace(pin, sha256=sha256(b"text").hexdigest()), b"text", Rejected, "is not Parquet"),
    ]
    for wrong, found, kind, told in faults:
        with pytest.raises(kind, match=told):
            pull(wrong, TITANIC, bare.ports, lambda found=found: found)  # type: ignore[misc] # a default
    with pytest.raises(Rejected, match="has no column"):
        pull(pin, load_problem("diamonds"), bare.ports, lambda: data)
    assert list(bare.ports.storage.list("snapshots/")) == []


def test_a_pull_brings_no_erased_record(champion: LocalPlatform) -> None:
    pin = pin_current(TITANIC, champion.ports)
    data = Path(pin.uri).read_bytes()
    erase("5", TITANIC, champion.ports, why="asked", by="a test")
    with pytest.raises(Rejected, match="holds 1 records that were erased here"):
        pull(pin, TITANIC, champion.ports, lambda: data)
    assert champion.ports.storage.stat(snapshot_key(TITANIC, pin.sha256)) is None


def test_the_same_rows_give_the_same_pin(champion: LocalPlatform) -> None:
    pin = pin_current(TITANIC, champion.ports)
    assert pin.to_bytes() == pin_current(TITANIC, champion.ports).to_bytes()
    assert list(json.loads(pin.to_bytes())) == ["problem", "rows", "sha256", "uri"]
    assert Pin.from_bytes(pin.to_bytes(), "data/titanic.json", TITANIC) == pin


def test_without_a_labelled_row_nothing_is_pinned(bare: LocalPlatform) -> None:
    with pytest.raises(TrainingRefused, match="no labelled row to pin"):
        pin_current(TITANIC, bare.ports)


GOOD = {"problem": "titanic", "rows": 1, "sha256": "0" * 64, "uri": "gs://b/k"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("\udcff".encode(errors="surrogateescape").decode("latin-1"), "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "no usable problem, rows, sha256, uri"),
        (json.dumps({**GOOD, "rows": True}), "no usable rows"),
        (json.dumps({**GOOD, "uri": None}), "no usable uri"),
        (json.dumps({**GOOD, "sha256": "0" * 63}), "without 64 hexadecimal digits"),
        (json.dumps({**GOOD, "problem": "diamonds"}), "pins a snapshot of 'diamonds'"),
    ],
)
def test_a_pin_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        Pin.from_bytes(text.encode(), "data/titanic.json", TITANIC)


def test_a_file_through_the_queue_ends_done_where_it_is_pinned(
    bare: LocalPlatform,
) -> None:
    entry = bare.wait_until_final(bare.land(Path("dataset/titanic.csv").absolute()).file_id)
    assert (entry.state, entry.reason) == ("done", PINNED)
    assert bare.queue.depth([INGESTION_COMPLETE]) == 0


def test_nothing_at_the_address_is_pulled(bare: LocalPlatform) -> None:
    def missing() -> bytes:
        raise NotFound("it is not there")

    with pytest.raises(NotFound):
        pull(Pin(**GOOD), TITANIC, bare.ports, missing)  # type: ignore[arg-type] # values of both types
