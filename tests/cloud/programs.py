"""Emulators of Google's services: found, started, ended."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60
FAKE_GCS = "go install github.com/fsouza/fake-gcs-server@v1.56.1"
EMULATOR = "gcloud components install pubsub-emulator"
SMALL = "-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"


@contextmanager
def fake_gcs_server(*arguments: str, pubsub: str = "") -> Iterator[str]:
    """Serve Cloud Storage from memory; yield the address. Events go to the emulator `pubsub`."""
    program = shutil.which("fake-gcs-server", path=os.pathsep.join([os.environ["PATH"], _go_bin()]))
    if program is None:
        pytest.skip(f"fake-gcs-server is not here; get it by: {FAKE_GCS}")
    port = _free_port()
    address = f"http://{HOST}:{port}"
    own = ["-backend", "memory", "-scheme", "http", "-host", HOST, "-port", str(port)]
    public = ["-public-host", f"{HOST}:{port}", "-external-url", address]
    emulated = {"PUBSUB_EMULATOR_HOST": pubsub} if pubsub else {}
    with _running([program, *own, *public, *arguments], port, emulated):
        yield address


@contextmanager
def pubsub_emulator() -> Iterator[str]:
    """Serve Pub/Sub from memory; yield host and port."""
    root = _asked("gcloud", "info", "--format=value(installation.sdk_root)")
    if not root:
        pytest.skip(f"gcloud is not here; install the Google Cloud SDK, then: {EMULATOR}")
    program = Path(root) / "platform" / "pubsub-emulator" / "bin" / "cloud-pubsub-emulator"
    if not program.exists():
        pytest.skip(f"The Pub/Sub emulator is not here; get it by: {EMULATOR}")
    if shutil.which("java") is None:
        pytest.skip("Java is not here, and the Pub/Sub emulator needs it; install a JRE")
    port = _free_port()
    with _running([str(program), f"--host={HOST}", f"--port={port}"], port, {"JAVA_OPTS": SMALL}):
        yield f"{HOST}:{port}"


def _go_bin() -> str:
    return os.pathsep.join(
        str(Path(folder) / "bin")
        for folder in _asked("go", "env", "GOPATH").split(os.pathsep)
        if folder
    )


def _asked(name: str, *arguments: str) -> str:
    """Return what a program prints, or nothing where it is missing or fails."""
    program = shutil.which(name)
    if program is None:
        return ""
    answer = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Run a program in a process group of its own, from when it listens to the block's end."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _listens(process, port)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}")
