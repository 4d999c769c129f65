"""A deployed function as Google runs it: its zip, what it installs, a process that serves it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.reach import CARRIED, PACKAGE, ROOT

UV = Path(sys.executable).parent / "uv"
UNREACHABLE = re.compile(
    r"error sending request|failed to fetch|dns error|client error|timed out|network was disabled",
    re.IGNORECASE,
)
PATIENCE_SECONDS = 60
STAMP = (1980, 1, 1, 0, 0, 0)


class NoIndex(Exception):
    """Packages are neither in uv's cache nor to be had."""


@dataclass(frozen=True)
class Served:
    """A function that listens, and may still be loading: a request waits for it.

    `process` is the id of the server, and of the group that it and its workers are in.
    """

    address: str
    process: int
    log: Path


def zipped(function: str, left_out: list[str]) -> bytes:
    """Return the zip that Terraform makes of a function, by the same rules."""
    package = {
        path.relative_to(PACKAGE).as_posix(): path
        for pattern in CARRIED
        for path in PACKAGE.glob(pattern)
    }
    sources = {
        f"titanic_mlops/{name}": path.read_text(encoding="utf-8")
        for name, path in package.items()
        if not name.startswith(tuple(left_out))
    }
    main = (ROOT / "terraform" / "main.py.tftpl").read_text(encoding="utf-8")
    sources["main.py"] = main.replace("${entry_point}", function)
    pins = ROOT / "requirements" / f"{function}.txt"
    sources["requirements.txt"] = pins.read_text(encoding="utf-8")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(sources.items()):
            archive.writestr(zipfile.ZipInfo(name, STAMP), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def unzip(made: bytes, folder: Path) -> None:
    """Unzip a bundle into an empty folder."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        archive.extractall(folder)


def install(folder: Path, *options: str) -> Path:
    """Install what an unzipped bundle asks for, and nothing else; return the Python that has it.

    Raises:
        NoIndex: some packages are not in the cache, and no index can be reached.
    """
    venv = folder / ".venv"
    _uv("venv", "--python", sys.executable, str(venv))
    python = venv / "bin" / "python"
    wanted = ("--require-hashes", "--requirements", str(folder / "requirements.txt"))
    arguments = ("pip", "install", "--python", str(python), *wanted, *options)
    try:
        _uv(*arguments)
    except NoIndex:
        _uv(*arguments, "--offline")
    return python


@contextmanager
def serving(
    function: str, folder: Path, python: Path, environment: Mapping[str, str], *options: str
) -> Iterator[Served]:
    """Run functions-framework on an unzipped bundle, told nothing but its settings."""
    log = folder / "log"
    # -I: neither this folder nor any other leads to a module but where the framework looks.
    command = [str(python), "-I", "-m", "functions_framework", "--target", function]
    where = ["--source", "main.py", "--host", "127.0.0.1", "--port", "0"]
    settings = {"PATH": os.defpath, "GUNICORN_LOG_LEVEL": "info", **environment}
    with (
        log.open("wb") as written,
        subprocess.Popen(  # noqa: S603 the framework on our own file
            [*command, *where, *options],
            cwd=folder,
            stderr=written,
            env=settings,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Served(f"http://127.0.0.1:{_port(process, log)}", process.pid, log)
        finally:
            process.terminate()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", said):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"It does not listen:\n{log.read_text(encoding='utf-8')}")


def _uv(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 our own words
        [UV, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode and UNREACHABLE.search(done.stderr):
        raise NoIndex(done.stderr.strip())
    if done.returncode:
        raise RuntimeError(done.stderr)
