"""What only DuckDB's file does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from titanic_mlops.adapters.local import duckdb_file, waiting, warehouse_copy
from titanic_mlops.adapters.local import warehouse as module
from titanic_mlops.adapters.local.waiting import locked
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import Busy, NotFound, PortError, Rejected, Unavailable

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

CRASH = """
import os, signal, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("INSERT INTO counts VALUES (42)")
os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED = -signal.SIGKILL


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
    assert warehouse.look("SELECT n FROM counts", most=9).to_pylist() == [{"n": 1}]
    with pytest.raises(Unavailable, match="read-only"):
        warehouse.execute("INSERT INTO counts (n) VALUES (1)")
    with pytest.raises(NotFound, match="no such file"):
        DuckDBWarehouse(path.with_name("other.duckdb")).query("SELECT 1")
    assert {one.name for one in path.parent.iterdir()} == {path.name}


@pytest.mark.parametrize(
    "source",
    ["read_csv('{0}')", "read_text('{0}')", "read_blob('{0}')", "glob('{0}')", "`{0}`"],
)
def test_a_look_reads_no_files(warehouse: DuckDBWarehouse, tmp_path: Path, source: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("word\nplatypus\n")
    with pytest.raises(PortError) as raised:
        warehouse.look(f"SELECT * FROM {source.format(file)}", most=9)
    assert "platypus" not in str(raised.value)


def test_a_look_cannot_be_given_access(warehouse: DuckDBWarehouse) -> None:
    sql = "SELECT current_setting('enable_external_access') AS a, "
    sql += "current_setting('lock_configuration') AS l"
    assert warehouse.look(sql, most=1).to_pylist() == [{"a": False, "l": True}]


def test_a_look_sees_what_a_crash_left_in_the_log(path: Path, warehouse: DuckDBWarehouse) -> None:
    begun = subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False, timeout=60)
    assert begun.returncode == KILLED
    assert path.with_name(path.name + ".wal").is_file()
    assert warehouse.look("SELECT n FROM counts", most=9).to_pylist() == [{"n": 42}]


def test_a_look_leaves_file_and_folder_as_they_were(
    path: Path, warehouse: DuckDBWarehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    warehouse.execute("INSERT INTO counts (n) VALUES (1)")
    before = (path.stat().st_mtime_ns, path.read_bytes())
    warehouse.look("SELECT n FROM counts", most=9)
    with pytest.raises(Rejected):
        warehouse.look("SELECT nothing FROM counts", most=9)
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    assert list((tmp_path / "temporary").iterdir()) == []


def test_writers_wait_for_the_copy_alone(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is inserted while the SELECT runs is stored, and the SELECT does not see it."""

    def select(*args: Any, **options: Any) -> Any:  # noqa: ANN401 as the function it stands for
        warehouse.execute("INSERT INTO counts (n) VALUES (1)")
        return warehouse_copy.select(*args, **options)

    monkeypatch.setattr(module, "select", select)
    assert warehouse.look("SELECT n FROM counts", most=9).num_rows == 0
    assert count(warehouse) == 1


@pytest.mark.usefixtures("warehouse")
def test_a_copy_waits_for_a_writer(path: Path) -> None:
    impatient = DuckDBWarehouse(path, patience=0.05)
    with (
        locked(path.with_name(path.name + ".lock"), seconds=5),
        pytest.raises(Busy, match="held it"),
    ):
        impatient.look("SELECT n FROM counts", most=9)


def test_a_look_that_takes_too_long_is_stopped(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.2)
    values = "UNNEST(GENERATE_ARRAY(1, 100000))"
    sql = f"SELECT COUNT(*) AS n FROM {values} AS a, {values} AS b WHERE MOD(a * b, 7) = 3"
    with pytest.raises(Unavailable, match=r"stopped after 0\.2 s"):
        warehouse.look(sql, most=9)


def test_a_look_returns_numbers_that_bigquery_lacks(warehouse: DuckDBWarehouse) -> None:
    sql = "SELECT SUM(x) AS n FROM UNNEST([9223372036854775807, 9223372036854775807]) AS x"
    assert warehouse.look(sql, most=9).to_pylist() == [{"n": 2 * 9223372036854775807}]
