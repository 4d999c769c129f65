"""The platform that the demo runs, and how it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import Request, urlopen

from titanic_mlops.cli.console import console
from titanic_mlops.errors import Unavailable
from titanic_mlops.ledger import FINAL, Entry, Ledger
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import HOME, Settings

POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120

Found = TypeVar("Found")


@dataclass
class Story:
    """A running platform in a folder, and the voice that tells of it."""

    platform: LocalPlatform
    running: subprocess.Popen[str]
    folder: Path
    address: str = ""
    steps: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[object], None]]:
        """Tell one step; yield the function that prints a line of it."""
        self.steps += 1
        started = time.perf_counter()
        screen = console()
        screen.print(f"\n[bold cyan]{self.steps}. {title}[/]")
        yield screen.print
        screen.print(f"[dim]{time.perf_counter() - started:.2f} s[/]")

    def drop(self, file: Path) -> None:
        """Let a file land: renamed into the landing folder, as a whole."""
        landing = Path(self.platform.ports.landing.uri(f"titanic/{file.name}"))
        file.replace(landing)

    def wait_for(self, name: str, states: tuple[str, ...] = FINAL) -> Entry:
        """Return a file's ledger entry once the platform has brought it so far."""
        ledger = Ledger(self.platform.ports.storage, self.platform.problem.name)

        def arrived() -> Entry | None:
            entries = (entry for entry in ledger.entries() if entry.state in states)
            return next((entry for entry in entries if entry.file.endswith(f"/{name}")), None)

        return self.until(arrived)

    def row_of(self, uuid: str) -> dict[str, Any]:
        """Return a prediction's row, once the worker has brought it to its table."""

        def arrived() -> dict[str, Any] | None:
            rows = self.platform.ports.warehouse.query(
                "SELECT uuid, model_version, prediction, probability FROM predictions "
                "WHERE uuid = @uuid",
                {"uuid": uuid},
            ).to_pylist()
            return rows[0] if rows else None

        return self.until(arrived)

    def until(self, look: Callable[[], Found | None]) -> Found:
        """Return what `look` finds, once it does.

        Raises:
            Unavailable: it found nothing for two minutes, or the platform has ended.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.running.poll() is None:
            if (found := look()) is not None:
                return found
            time.sleep(POLL_SECONDS)
        raise Unavailable("The platform did not do what the demo waits for; its log says why.")

    def ask(self, path: str, record: object = None) -> dict[str, Any]:
        """Return what the platform answers over HTTP."""
        data = None if record is None else json.dumps(record).encode()
        asked = Request(  # noqa: S310 the address is our own
            self.address + path, data, {"Content-Type": "application/json"}
        )
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answered:  # noqa: S310 as above
            document: dict[str, Any] = json.load(answered)
        return document

    def ask_until_answered(self, path: str, record: object) -> dict[str, Any]:
        """Ask again while the connection breaks, as it does when a server is killed."""

        def answered() -> dict[str, Any] | None:
            try:
                return self.ask(path, record)
            except (OSError, HTTPException):
                return None

        return self.until(answered)

    def log(self) -> str:
        """Return what the platform has logged."""
        return (self.folder / "up.log").read_text(encoding="utf-8")


@contextmanager
def up(folder: Path) -> Iterator[Story]:
    """Run the platform while a story is told; show its log when that fails."""
    home = folder / "home"
    with (
        (folder / "up.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "titanic_mlops", "up", "--port", "0"],
            env={**os.environ, HOME: str(home)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as running,
    ):
        try:
            platform = open_local(Settings(home), load_problem("titanic"))
            yield Story(platform, running, folder)
        except BaseException:
            console(err=True).print((folder / "up.log").read_text(encoding="utf-8"))
            raise
        finally:
            running.terminate()
