"""What only DuckDB's file does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from titanic_mlops.adapters.local import duckdb_file, waiting
from titanic_mlops.adapters.local.waiting import locked
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import Busy, NotFound, Unavailable

ADD = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
warehouse = DuckDBWarehouse(Path(sys.argv[1]))
for _ in range(10):
    warehouse.execute("INSERT INTO counts (n) VALUES (1)")
"""
HOLD = """
import sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("BEGIN")
connection.execute("INSERT INTO counts VALUES (99)")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def warehouse(path: Path) -> DuckDBWarehouse:
    warehouse = DuckDBWarehouse(path, patience=5)
    warehouse.execute("CREATE TABLE counts (n INT64)")
    return warehouse


def count(warehouse: DuckDBWarehouse) -> int:
    return int(warehouse.query("SELECT COUNT(*) AS n FROM counts").to_pylist()[0]["n"])


def start(script: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_take_turns(warehouse: DuckDBWarehouse, path: Path) -> None:
    writers = [start(ADD, path) for _ in range(3)]
    for writer in writers:
        writer.communicate()
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert count(warehouse) == 30


def test_a_wait_beyond_its_bound_is_unavailable(warehouse: DuckDBWarehouse, path: Path) -> None:
    lock = path.with_name(path.name + ".lock")
    with locked(lock, seconds=1), pytest.raises(Unavailable, match=r"held .* for 0\.05 s"):
        DuckDBWarehouse(path, patience=0.05).query("SELECT 1")
    assert count(warehouse) == 0


def test_a_dead_process_no_longer_blocks_the_warehouse(
    warehouse: DuckDBWarehouse, path: Path
) -> None:
    with start(HOLD, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=rf"process {holder.pid}\) and was for 0\.05 s; close it"):
            count(DuckDBWarehouse(path, patience=0.05))
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert count(warehouse) == 0


def test_a_warehouse_below_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="where a folder belongs"):
        DuckDBWarehouse(tmp_path / "file" / "w.duckdb").query("SELECT 1")


def test_a_file_that_is_no_warehouse_is_unavailable(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(Unavailable, match="not a valid DuckDB"):
        DuckDBWarehouse(path).query("SELECT 1")


def test_an_error_does_not_repeat_the_values_of_its_statement(
    warehouse: DuckDBWarehouse,
) -> None:
    with pytest.raises(Exception, match="nothing") as caught:
        warehouse.query("SELECT nothing, 'Braund, Mr. Owen' AS name FROM counts")
    assert "Braund" not in str(caught.value)


def test_a_wait_for_another_program_is_logged_once(
    path: Path,
    warehouse: DuckDBWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(duckdb_file, "NOTICE_SECONDS", 0.1)
    with start(HOLD, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for _ in range(2):
            with pytest.raises(Busy):
                DuckDBWarehouse(path, patience=0.4).query("SELECT 1")
        assert holder.stdin is not None
        holder.stdin.close()
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.endswith(f"process {holder.pid}); waiting for it, 0.4 s at most.")
    assert count(warehouse) == 0


def test_a_wait_for_the_platform_is_logged_once(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(waiting, "NOTICE_SECONDS", 0.05)
    lock = path.with_name(path.name + ".lock")
    with locked(lock, seconds=1):
        for _ in range(2):
            with pytest.raises(Busy, match=r"held it for 0\.1 s"), locked(lock, seconds=0.1):
                pass
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"{lock} is held by another process; waiting for it, 0.1 s at most."]


def test_a_folder_that_cannot_be_written_is_read(
    path: Path, warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.execute("INSERT INTO counts (n) VALUES (1)")
    path.with_name(path.name + ".lock").unlink()
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    assert count(warehouse) == 1
    with pytest.raises(Unavailable, match="read-only"):
        warehouse.execute("INSERT INTO counts (n) VALUES (1)")
    with pytest.raises(NotFound, match="no such file"):
        DuckDBWarehouse(path.with_name("other.duckdb")).query("SELECT 1")
    assert {one.name for one in path.parent.iterdir()} == {path.name}
