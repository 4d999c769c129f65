"""kill -9 of an `ingest` at different moments; the next `ingest` finishes its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import TABLE, Command

pytestmark = pytest.mark.repeats


def killed_after(seconds: float, home: Path) -> bool:
    """Start an ingestion and kill it; return whether it was still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "titanic_mlops", "ingest", str(TABLE)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TITANIC_MLOPS_HOME": str(home)},
    )
    time.sleep(seconds)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


@pytest.mark.parametrize("seconds", [0.35, 0.55, 0.75, 1.0, 1.4])
def test_the_next_ingest_finishes_a_killed_one(
    run: Command, tmp_path: Path, seconds: float
) -> None:
    killed_after(seconds, tmp_path)
    done = run("ingest", TABLE, "--json", at=tmp_path)

    assert done.status == 0, done
    assert done.json["state"] in {"done", "duplicate"}
    with duckdb.connect(str(tmp_path / "titanic.duckdb"), read_only=True) as tables:
        assert tables.execute("SELECT count(*) FROM training_data").fetchall() == [(891,)]
    (version,) = run("models", "list", "--json", at=tmp_path).json
    assert version["champion"]
    with duckdb.connect(str(tmp_path / "titanic.duckdb"), read_only=True) as tables:
        states = tables.execute("SELECT state FROM ingestions").fetchall()
    assert states.count(("loaded",)) == states.count(("done",)) == 1
