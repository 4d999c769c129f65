"""Whether `up` runs on a home: its process lives and its port takes connections."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from titanic_mlops.platforms.condition import Up
from titanic_mlops.platforms.local.condition import running_up
from titanic_mlops.platforms.local.home import NOTE, exclusive_home


@pytest.fixture
def address() -> Iterator[str]:
    """Listen on a free port; return its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def note(home: Path, process: int, address: str) -> None:
    (home / NOTE).write_text(json.dumps({"process": process, "address": address}))


def test_a_running_up_is_found_and_not_disturbed(tmp_path: Path, address: str) -> None:
    with exclusive_home(tmp_path) as record:
        record(address)
        assert running_up(tmp_path) == Up(os.getpid(), address)
    assert running_up(tmp_path) is None


def test_the_note_of_a_dead_process_is_none(tmp_path: Path, address: str) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    note(tmp_path, ended.pid, address)
    assert running_up(tmp_path) is None


def test_the_note_of_a_closed_port_is_none(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    note(tmp_path, os.getpid(), f"http://127.0.0.1:{port}")
    assert running_up(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"process": "x", "address": "y"}'])
def test_a_damaged_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NOTE).write_text(text)
    assert running_up(tmp_path) is None
