"""`titanic-mlops up` with real processes, real files and real HTTP."""

from __future__ import annotations

import csv
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import TABLE, Command
from tests.cli.running import PASSENGER, PATIENCE_SECONDS, Running, up


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a platform that has learned from the real table, dropped into its folder."""
    with up(tmp_path_factory.mktemp("up") / "home") as started:
        drop(started.home, "titanic.csv", TABLE.read_bytes())
        started.until(lambda: started.post()[0] == 200)
        yield started


def drop(home: Path, name: str, data: bytes) -> None:
    """Land a file by renaming it into place."""
    folder = home / "landing" / "titanic"
    hidden = folder / f".{name}"
    hidden.write_bytes(data)
    time.sleep(0.02)  # else the clock of the disk may not tell the renaming from the writing
    hidden.rename(folder / name)


def changed(number: int) -> bytes:
    """Return one row of the table with another age, so that its bytes are new."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    rows[number][5] = "44"
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, rows[number]])
    return text.getvalue().encode()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def held(tables: Path) -> duckdb.DuckDBPyConnection:
    """Open the tables, once the platform lets go of them, and keep them."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return duckdb.connect(str(tables))
        except duckdb.IOException:
            assert time.monotonic() < until
            time.sleep(0.01)


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        return tables.execute(sql).fetchall()


def test_a_dropped_file_becomes_a_champion_and_is_logged(
    running: Running,
) -> None:
    status, answer = running.post()
    assert (status, answer["model_version"]) == (200, 1)
    story = [
        "titanic/titanic.csv has landed",
        "titanic/titanic.csv is announced: 891 rows accepted, 0 rejected",
        "Version 1 becomes the first champion",
    ]
    # The server may serve a champion before the worker has logged that there is one.
    running.until(
        lambda: all(told in running.log() for told in (*story, "titanic: serving version 1"))
    )
    places = [running.log().index(sentence) for sentence in story]
    assert places == sorted(places)


def test_the_log_holds_no_value_of_a_request_or_row(running: Running) -> None:
    running.post({**PASSENGER, "Name": "Zanzibar-Canary", "Age": "Zanzibar-Canary"})
    drop(running.home, "canary.csv", changed(3).replace(b"Futrelle", b"Zanzibar-Canary"))
    running.until(lambda: "titanic/canary.csv is announced" in running.log())
    assert "Zanzibar-Canary" not in running.log()


def test_a_second_platform_on_the_same_home_is_refused(
    running: Running, run_process: Command
) -> None:
    second = run_process("up", "--port", "0", at=running.home)
    assert (second.status, second.out) == (1, "")
    assert f"process {running.process.pid}, http://127.0.0.1:{running.port}" in second.err
    assert running.post()[0] == 200


def test_a_port_in_use_is_refused(running: Running, run_process: Command, tmp_path: Path) -> None:
    other = run_process("up", "--port", str(running.port), at=tmp_path)
    assert other.status == 1
    assert f"Port {running.port} is already in use; choose another with --port" in other.err
    assert "Traceback" not in other.err


def test_an_impossible_port_number_is_wrong_usage(run: Command, tmp_path: Path) -> None:
    assert run("up", "--port", "65536", at=tmp_path).status == 2


def test_the_other_commands_work_while_it_runs(
    running: Running, run: Command, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_bytes(changed(5))
    done = run("ingest", file, "--json", at=running.home)
    assert (done.status, done.json["state"], done.json["accepted"]) == (0, "done", 1)
    predicted = run("predict", '{"Pclass":3,"Sex":"male","SibSp":1,"Parch":0}', at=running.home)
    assert predicted.status == 0, predicted.err
    for words in (("models", "list"), ("held", "list"), ("dead", "list"), ("train",)):
        assert run(*words, at=running.home).status == 0


def test_a_file_outside_the_problems_folder_is_logged(
    running: Running,
) -> None:
    stray = running.home / "landing" / "stray.csv"
    hidden = stray.with_name(".stray.csv")
    hidden.write_bytes(changed(1))
    hidden.rename(stray)
    running.until(lambda: "stray.csv is not read: it lies outside of " in running.log())


def test_a_file_is_not_read_while_it_is_being_written(running: Running) -> None:
    data = TABLE.read_bytes()
    path = running.home / "landing" / "titanic" / "slow.csv"
    with path.open("wb") as file:
        for part in range(3):
            file.write(data[part * 500 : (part + 1) * 500])
            file.flush()
            time.sleep(0.5)
        time.sleep(4)  # it stalls for longer than a file may settle
        assert "slow.csv" not in running.log()
    running.until(lambda: "titanic/slow.csv is announced" in running.log())
    assert running.log().count("titanic/slow.csv has landed") == 1


def test_a_locked_warehouse_delays_records_and_loses_none(
    champion_home: Path, run: Command
) -> None:
    home = champion_home
    with up(home) as running:
        with held(home / "titanic.duckdb"):  # as a shell for the tables does
            answered = {running.post()[1]["uuid"] for _ in range(20)}
            drop(home, "late.csv", changed(11))
            time.sleep(6)  # longer than five deliveries, a second apart, would last
        running.until(lambda: "titanic/late.csv is announced" in running.log())
        assert run("dead", "list", "--json", at=home).json == []
        assert running.end() == 0
    stored = {uuid for (uuid,) in rows(home, "SELECT uuid FROM predictions")}
    assert answered <= stored
    assert "Traceback" not in running.log()


def test_sigterm_finishes_open_requests_and_ends_the_children(tmp_path: Path) -> None:
    with up(tmp_path / "home") as running:
        drop(running.home, "titanic.csv", TABLE.read_bytes())
        running.until(lambda: running.post()[0] == 200)
        answered = {running.post()[1]["uuid"] for _ in range(50)}
        begun = socket.create_connection(("127.0.0.1", running.port))
        body = b'{"Pclass":3,"Sex":"male","SibSp":1,"Parch":0}'
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        begun.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:10])
        time.sleep(0.3)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        begun.sendall(body[10:])
        with begun, begun.makefile("rb") as answer:
            assert answer.readline().split()[1] == b"200"
        children = [running.child("server"), running.child("worker")]
        assert running.process.wait(60) == 0
    assert not any(alive(child) for child in children)
    stored = {uuid for (uuid,) in rows(running.home, "SELECT uuid FROM predictions")}
    assert answered <= stored
    assert len(stored) >= 51


def test_children_end_with_a_killed_parent_and_a_new_one_starts(tmp_path: Path) -> None:
    with up(tmp_path / "home") as first:
        children = [first.child("server"), first.child("worker")]
        first.process.kill()
        first.process.wait()
    with up(tmp_path / "home", "--port", str(first.port)) as second:
        assert second.port == first.port
        second.until(lambda: not any(alive(child) for child in children))
        drop(second.home, "titanic.csv", TABLE.read_bytes())
        second.until(lambda: second.post()[0] == 200)


def test_ctrl_c_ends_the_platform_like_sigterm(tmp_path: Path) -> None:
    with up(tmp_path / "home") as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(60) == 0
    assert "Traceback" not in running.log()


def test_an_unwritable_home_is_refused(run_process: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run_process("up", "--port", "0", at=tmp_path / "file" / "home")
    assert refused.status == 1
    assert "cannot be written" in refused.err


def test_a_message_that_kills_five_workers_becomes_a_dead_letter(
    tmp_path: Path, run: Command
) -> None:
    home = tmp_path / "home"
    assert run("ingest", TABLE, "--no-wait", at=home).status == 0
    code = (
        "import os, sys; from pathlib import Path;"
        "from titanic_mlops.adapters.local.queue import SQLiteQueue;"
        "q = SQLiteQueue(Path(sys.argv[1])); q.lease(seconds=600); os.kill(os.getpid(), 9)"
    )
    queue = str(home / "titanic.queue.sqlite")
    for _ in range(5):
        subprocess.run([sys.executable, "-c", code, queue], check=False)
    with up(home) as running:
        running.until(lambda: run("dead", "list", "--json", at=home).json)
        (letter,) = run("dead", "list", "--json", at=home).json
        assert (letter["topic"], letter["attempts"]) == ("landing", 5)
        drop(home, "other.csv", changed(7))
        running.until(lambda: "titanic/other.csv is announced: 1 rows accepted" in running.log())
        assert run("dead", "replay", letter["id"], at=home).status == 0
        running.until(lambda: running.post()[0] == 200)
