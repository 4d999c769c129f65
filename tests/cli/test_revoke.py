"""A wrong file's model serves, the file is revoked, and the next honest file's model serves."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from tests.cli.commands import Run, run_here
from tests.cli.conftest import TABLE
from tests.cli.running import Running, up
from titanic_mlops.rules.split import TRAIN, split_of
from titanic_mlops.settings import HOME

Rows = list[dict[str, Any]]


def written(path: Path, rows: Rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fieldnames=list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def early_rows() -> Rows:
    """Return the real table with only the first 100 of its rows for training."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    training = [row for row in rows if split_of("titanic", row["Ticket"]) == TRAIN]
    later = {row["PassengerId"] for row in training[100:]}
    return [row for row in rows if row["PassengerId"] not in later]


def until_serves(running: Running, version: int) -> None:
    """Wait until the platform answers by a version."""
    running.until(lambda: running.post()[1].get("model_version") == version)


def test_after_a_revocation_the_next_honest_model_serves(tmp_path: Path) -> None:
    """Nobody promotes it: a person's last word was for the wrong file's model."""
    home, early = tmp_path / "home", early_rows()
    wrong = [{**row, "Survived": str(1 - int(row["Survived"]))} for row in early]

    def run(*words: str | Path) -> Run:
        return run_here(words, {HOME: str(home)})

    with up(home) as running:
        run("ingest", written(tmp_path / "early.csv", early))
        held = run("ingest", written(tmp_path / "wrong.csv", wrong), "--json").json
        assert held["state"] == "held"
        assert "rejected by the gate" in run("files", "release", held["file_id"]).out
        assert run("models", "promote", "2", "--why", "a mistake").status == 0
        until_serves(running, 2)

        revoked = run("files", "revoke", held["file_id"], "--why", "labels inverted")
        assert (revoked.status, "replaces version 2" in revoked.out) == (0, True), revoked
        until_serves(running, 1)
        assert run("ingest", TABLE).status == 0  # the running platform may train before it does
        until_serves(running, 3)

        moves = run("models", "history", "--json").json
        assert [(move["version"], move["by"] == "the gate") for move in moves] == [
            (1, True),
            (2, False),
            (1, True),
            (3, True),
        ]
        assert run("files", "restore", held["file_id"]).status == 0
        assert run("status", "--json").json["champion"]["version"] == 3
