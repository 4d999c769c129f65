"""What only the directory store does."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from titanic_mlops.adapters.local import object_store
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.waiting import locked
from titanic_mlops.errors import NotFound, Rejected, Unavailable

HOLD = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.waiting import locked
with locked(Path(sys.argv[1]), seconds=5):
    print("held", flush=True)
    sys.stdin.read()
"""
OUTSIDE = [
    "../out",
    "a/../../out",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    "a/.",
    "..\\out",
    "a\0b",
    ".hidden",
    "a/.hidden/b",
    "\ud800",
    "x" * 256,
]


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.mark.parametrize("key", OUTSIDE)
def test_every_verb_rejects_a_key_that_leaves_the_store_or_hides(
    store: DirectoryStore, tmp_path: Path, key: str
) -> None:
    (tmp_path / "out").write_bytes(b"secret")
    verbs = (
        lambda: store.put(key, b"x"),
        lambda: store.get(key),
        lambda: store.open(key, version=1),
        lambda: store.stat(key),
        lambda: store.delete(key),
        lambda: store.uri(key),
    )
    for verb in verbs:
        with pytest.raises(Rejected):
            verb()
    assert (tmp_path / "out").read_bytes() == b"secret"


def test_a_key_below_an_object_or_equal_to_a_folder_is_rejected(store: DirectoryStore) -> None:
    store.put("a", b"x")
    store.put("b/c", b"x")
    with pytest.raises(Rejected, match="a is an object"):
        store.put("a/b", b"x")
    with pytest.raises(Rejected, match="a is an object"):
        store.put("a/b/c", b"x")
    with pytest.raises(Rejected, match="is a folder"):
        store.put("b", b"x")
    assert store.stat("a/b") is None
    assert store.stat("b") is None
    with pytest.raises(NotFound):
        store.get("b")


def test_a_symbolic_link_out_of_the_store_is_not_followed(
    store: DirectoryStore, root: Path, tmp_path: Path
) -> None:
    store.put("inside", b"x")
    secret = tmp_path / "secret" / "file"
    secret.parent.mkdir()
    secret.write_bytes(b"secret")
    (root / "file").symlink_to(secret)
    (root / "folder").symlink_to(secret.parent)
    assert [info.key for info in store.list()] == ["inside"]
    assert list(store.list("folder/")) == []
    for key in ("file", "folder/file"):
        assert store.stat(key) is None
        with pytest.raises(NotFound):
            store.get(key)
        with pytest.raises(Rejected, match="symbolic link"):
            store.put(key, b"x")
        store.delete(key)
    assert secret.read_bytes() == b"secret"


def test_a_file_that_a_user_moves_in_is_an_object(store: DirectoryStore, root: Path) -> None:
    root.mkdir()
    (root / "drop.csv").write_bytes(b"a,b")
    os.utime(root / "drop.csv", ns=(0, 1_714_564_800_123_456_789))
    info = store.stat("drop.csv")
    assert info is not None
    assert info.version == 1_714_564_800_123_456
    assert store.put("drop.csv", b"new", if_version=info.version).version > info.version


def test_files_dated_1970_and_in_the_future_have_versions(
    store: DirectoryStore, root: Path
) -> None:
    root.mkdir()
    for name, seconds in (("old", 0), ("future", 4_000_000_000)):
        (root / name).write_bytes(b"")
        os.utime(root / name, (seconds, seconds))
    assert store.stat("old").version == 1  # type: ignore[union-attr]  # it was just written
    assert store.put("future", b"x").version == 4_000_000_000_000_001


def test_half_written_and_hidden_files_are_unseen(store: DirectoryStore, root: Path) -> None:
    seen: list[list[str]] = []

    class Peeking:
        def __init__(self) -> None:
            self.pieces = [b"half", b"other half", b""]

        def read(self, _: int) -> bytes:
            seen.append([info.key for info in store.list()])
            return self.pieces.pop(0)

    store.put("a/old", b"x")
    (root / "a" / ".part.csv").write_bytes(b"half")
    store.put("a/new", Peeking())  # type: ignore[arg-type]  # a reader of its own
    assert seen == [["a/old"]] * 3
    assert [info.key for info in store.list()] == ["a/new", "a/old"]


def test_nothing_is_left_behind_by_a_put_that_failed(store: DirectoryStore, root: Path) -> None:
    class Broken:
        def read(self, _: int) -> bytes:
            raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        store.put("a/b", Broken())  # type: ignore[arg-type]  # a reader of its own
    assert list((root / "a").iterdir()) == []


def test_a_named_pipe_is_no_object_and_does_not_block(store: DirectoryStore, root: Path) -> None:
    root.mkdir()
    os.mkfifo(root / "pipe")
    assert list(store.list()) == []
    with pytest.raises(NotFound):
        store.get("pipe")


def test_a_disk_that_rounds_times_is_refused_with_the_reason(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.utime

    def whole_seconds(path: int, *, ns: tuple[int, int]) -> None:
        real(path, ns=(ns[0], ns[1] // 10**9 * 10**9))

    monkeypatch.setattr("os.utime", whole_seconds)
    with pytest.raises(Unavailable, match="keeps microseconds"):
        store.put("a", b"x")
    assert store.stat("a") is None


def test_a_store_below_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = DirectoryStore(tmp_path / "file" / "store")
    with pytest.raises(Unavailable, match="where a folder belongs"):
        store.put("a", b"x")
    assert list(store.list()) == []
    assert store.stat("a") is None


def test_a_read_only_store_is_unavailable(store: DirectoryStore, root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("runs as root, whom permissions do not bind")
    store.put("a", b"x")
    root.chmod(0o500)
    with pytest.raises(Unavailable, match="permission denied"):
        store.put("b", b"x")
    root.chmod(0o700)


def test_a_lock_that_is_held_too_long_is_unavailable(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "LOCK_SECONDS", 0.05)
    store.put("b", b"x")
    failed = []

    def put() -> None:
        for change in (lambda: store.put("a", b"x"), lambda: store.delete("b")):
            with pytest.raises(Unavailable, match=r"another process has held it for 0\.05 s"):
                change()
            failed.append(True)

    with locked(root / ".lock", seconds=1):
        thread = threading.Thread(target=put)
        thread.start()
        thread.join()
    assert failed == [True, True]
    assert [info.key for info in store.list()] == ["b"]
    store.put("a", b"x")


def test_the_death_of_the_locks_holder_frees_it(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root / ".lock")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        monkeypatch.setattr(object_store, "LOCK_SECONDS", 0.05)
        with pytest.raises(Unavailable):
            store.put("a", b"x")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    monkeypatch.setattr(object_store, "LOCK_SECONDS", 5.0)
    assert store.put("a", b"x").size == 1


def test_a_full_disk_leaves_the_old_version_and_no_rest(
    store: DirectoryStore, root: Path, mocker: MockerFixture
) -> None:
    store.put("a", b"old")
    full = OSError(errno.ENOSPC, "No space left on device")
    mocker.patch("os.fsync", side_effect=full)
    with pytest.raises(Unavailable, match="space"):
        store.put("a", b"new")
    mocker.stopall()
    found = store.get("a")
    assert found is not None
    assert found[0] == b"old"
    assert {path.name for path in root.iterdir()} <= {"a", ".lock"}
