"""`status`: one screen, also where a part cannot be read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.cli.conftest import Command
from titanic_mlops.adapters.local.queue import SQLiteQueue


def test_a_new_home_has_nothing_yet(run: Command, tmp_path: Path) -> None:
    done = run("status", "--json", at=tmp_path)
    assert done.status == 0
    found = done.json
    assert (found["champion"], found["files"], found["queue"]) == (None, {}, [])
    assert (found["dead_letters"], found["up"], found["faults"]) == (0, None, {})
    assert set(found["tables"].values()) == {0}
    assert "none yet" in run("status", at=tmp_path).out


def test_champion_files_queue_and_disk_are_shown(run: Command, champion_home: Path) -> None:
    queue = SQLiteQueue(champion_home / "titanic.queue.sqlite")
    for _ in range(2):
        queue.publish("predictions", b"{}")
    queue.publish("landing", b"{}")
    queue.refuse(queue.lease_many(["landing"], most=1)[0], "broken", final=True)
    queue.close()
    found = run("status", "--json", at=champion_home).json
    assert found["champion"]["version"] == 1
    assert found["champion"]["since"] > "2024"
    assert found["champion"]["by"] == "the gate"
    assert found["files"] == {"done": 1}
    (pending,) = found["queue"]
    assert (pending["topic"], pending["messages"]) == ("predictions", 2)
    assert found["dead_letters"] == 1
    assert found["tables"]["training_data"] == 891
    parts = found["disk"]["parts"]
    assert {"landing/titanic", "storage/models", "titanic.duckdb"} <= set(parts)
    assert found["disk"]["used"] == sum(parts.values())
    shown = run("status", at=champion_home).out
    assert "version 1 since 20" in shown
    assert "predictions 2 pending, the oldest since 20" in shown
    assert len(shown.splitlines()) <= 30


def test_status_moves_no_dead_letter(run: Command, champion_home: Path) -> None:
    queue = SQLiteQueue(champion_home / "titanic.queue.sqlite")
    queue.publish("landing", b"{}")
    queue.refuse(queue.lease_many(most=1)[0], "broken", final=True)
    run("status", at=champion_home)
    assert queue.count_dead() == 1


def test_status_is_csv_too(run: Command, champion_home: Path) -> None:
    out = run("status", "--format", "csv", at=champion_home).out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {"part": "files", "name": "done", "value": "1"} in rows


def test_a_champion_that_cannot_be_read_is_not_called_none(
    run: Command, champion_home: Path
) -> None:
    (move,) = champion_home.glob("storage/models/titanic/moves/*.json")
    move.write_text("{")
    done = run("status", at=champion_home)
    assert "none yet" not in done.out
    assert "moves/1.json is not readable" in done.out


def test_a_damaged_model_is_said_beside_the_champion(run: Command, champion_home: Path) -> None:
    with (champion_home / "storage/models/titanic/versions/1/model.npz").open("ab") as file:
        file.write(b"x")
    found = run("status", "--json", at=champion_home).json
    assert found["champion"]["version"] == 1
    assert "versions/1/model.npz is not the file" in found["faults"]["model"]


def test_a_damaged_part_leaves_the_others_readable(run: Command, champion_home: Path) -> None:
    for file in champion_home.glob("titanic.queue.sqlite*"):
        file.unlink()
    (champion_home / "titanic.queue.sqlite").write_bytes(b"not a queue" * 100)
    done = run("status", "--json", at=champion_home)
    assert (done.status, done.json["champion"]["version"], done.json["queue"]) == (0, 1, None)
    assert list(done.json["faults"]) == ["queue"]
    assert "not readable queue" in " ".join(run("status", at=champion_home).out.split())
