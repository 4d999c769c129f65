"""A queue whose file is removed, replaced or damaged while it is open loses no message silently."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import StoreDamaged, Unavailable

READ_ALL = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.queue import SQLiteQueue
queue = SQLiteQueue(Path(sys.argv[1]))
for delivery in queue.lease_many(most=100_000):
    print(delivery.message.data.decode())
"""
PAGE = 4096
Harm = Callable[[Path], None]


def remove(path: Path) -> None:
    path.unlink()


def remove_all(path: Path) -> None:
    for file in list(path.parent.glob(f"{path.name}*")):
        file.unlink()


def remove_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def remove_index(path: Path) -> None:
    path.with_name(f"{path.name}-shm").unlink()


def replace_by_another(path: Path) -> None:
    other = SQLiteQueue(path.with_name("other.sqlite"))
    other.publish("t", b"other")
    other.close()
    path.with_name("other.sqlite").replace(path)


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def truncate_log(path: Path) -> None:
    os.truncate(path.with_name(f"{path.name}-wal"), 0)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"x" * path.stat().st_size)


def overwrite_all_but_the_header(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"x" * (size - PAGE))


HARMS = (
    *(remove, remove_all, remove_log, remove_index, replace_by_another, truncate, halve),
    *(truncate_log, overwrite, overwrite_all_but_the_header),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


@pytest.fixture(params=[1, 2000], ids=["all in the log", "most in the file"])
def queue(path: Path, request: pytest.FixtureRequest) -> SQLiteQueue:
    queue = SQLiteQueue(path)
    for _ in range(0, request.param, 10):
        queue.publish_all("t", [b"before " + b"x" * 1000] * 10)
    return queue


def read_elsewhere(path: Path) -> list[str]:
    """Return what another process finds, nothing where it cannot read the file."""
    code = [sys.executable, "-c", READ_ALL, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(code, capture_output=True, text=True, check=False, env=environment)
    return done.stdout.split("\n")


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_another_process_finds_every_published_message(
    harm: Harm, queue: SQLiteQueue, path: Path
) -> None:
    harm(path)
    published = []
    for number in range(4):
        try:
            queue.publish("t", f"after {number}".encode())
        except Unavailable:
            continue
        published.append(f"after {number}")
    found = read_elsewhere(path)
    assert [name for name in published if name not in found] == []


def test_a_removed_file_is_reported_once_and_made_anew(path: Path) -> None:
    queue = SQLiteQueue(path)
    queue.publish("t", b"lost")
    path.unlink()
    with pytest.raises(StoreDamaged, match=r"queue\.sqlite: the file was removed or replaced"):
        queue.publish("t", b"refused")
    queue.publish("t", b"kept")
    assert queue.depth() == 1


def test_a_reader_leaves_a_removed_file(path: Path) -> None:
    worker, server = SQLiteQueue(path), SQLiteQueue(path)
    assert worker.lease() is None
    server.publish("t", b"lost")
    path.unlink()
    with pytest.raises(StoreDamaged):
        server.publish("t", b"refused")
    server.publish("t", b"kept")
    with pytest.raises(StoreDamaged):
        worker.lease()
    delivery = worker.lease()
    assert delivery is not None
    assert delivery.message.data == b"kept"


def test_a_damaged_file_is_refused_until_it_is_moved(path: Path) -> None:
    path.write_bytes(b"no queue " * 1000)
    queue = SQLiteQueue(path)
    for _ in range(2):
        with pytest.raises(StoreDamaged, match="move the file away"):
            queue.publish("t", b"refused")
    path.rename(path.with_name("damaged"))
    queue.publish("t", b"kept")
    assert queue.depth() == 1


def test_checkpoints_are_no_damage(path: Path) -> None:
    server, worker = SQLiteQueue(path), SQLiteQueue(path)
    for _ in range(40):
        server.publish_all("t", [b"x" * 10_000] * 20)
        worker.acknowledge(*worker.lease_many(most=20))
    assert path.stat().st_size > 10 * PAGE
    assert server.depth() == 0
