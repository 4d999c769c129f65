"""The platform that the demo runs, and the demo's requests to it."""

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
from titanic_mlops.pipeline.reads import stored_prediction
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import HOME, PROBLEM, PROBLEMS, Settings

EXAMPLE = "titanic"
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 120

Found = TypeVar("Found")


@dataclass
class Story:
    """A running platform in `folder`, and the numbered steps that the demo prints."""

    platform: LocalPlatform
    running: subprocess.Popen[str]
    folder: Path
    address: str = ""
    steps: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[object], None]]:
        """Print one step's title and duration; yield the function that prints a line in between."""
        self.steps += 1
        started = time.perf_counter()
        screen = console()
        screen.print(f"\n[bold cyan]{self.steps}. {title}[/]")
        yield screen.print
        screen.print(f"[dim]{time.perf_counter() - started:.2f} s[/]")

    def drop(self, file: Path, problem: str = EXAMPLE) -> None:
        """Land a file: rename it into the landing folder of a problem."""
        landing = Path(self.platform.ports.landing.uri(f"{problem}/{file.name}"))
        file.replace(landing)

    def wait_for(
        self, name: str, states: tuple[str, ...] = FINAL, *, problem: str = EXAMPLE
    ) -> Entry:
        """Return a file's ledger entry once it is in one of `states`."""
        ledger = Ledger(self.platform.ports.storage, problem)

        def arrived() -> Entry | None:
            entries = (entry for entry in ledger.entries() if entry.state in states)
            return next((entry for entry in entries if entry.file.endswith(f"/{name}")), None)

        return self.until(arrived)

    def row_of(self, uuid: str) -> dict[str, Any]:
        """Return a prediction's row once the worker has stored it."""
        return self.until(lambda: stored_prediction(uuid, self.platform.ports))

    def until(self, look: Callable[[], Found | None]) -> Found:
        """Call `look` until it returns something, and return that.

        Raises:
            Unavailable: it returned nothing for two minutes, or the platform has ended.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and self.running.poll() is None:
            if (found := look()) is not None:
                return found
            time.sleep(POLL_SECONDS)
        raise Unavailable(
            "The platform stopped, or did not answer in two minutes; its log says why."
        )

    def ask(self, path: str, record: object = None) -> dict[str, Any]:
        """Send a GET, or a POST of `record`; return the JSON of the answer."""
        data = None if record is None else json.dumps(record).encode()
        asked = Request(  # noqa: S310 the address is our own
            self.address + path, data, {"Content-Type": "application/json"}
        )
        with urlopen(asked, timeout=PATIENCE_SECONDS) as answered:  # noqa: S310 as above
            document: dict[str, Any] = json.load(answered)
        return document

    def ask_until_answered(self, path: str, record: object) -> dict[str, Any]:
        """Repeat the request while the connection fails, as it does when a server is killed."""

        def answered() -> dict[str, Any] | None:
            try:
                return self.ask(path, record)
            except (OSError, HTTPException):
                return None

        return self.until(answered)

    def run(self, words: list[str], own: Path) -> str:
        """Run a command with the folder of declarations `own`, on a home of its own.

        Raises:
            Unavailable: it was refused.
        """
        done = subprocess.run(  # noqa: S603 our own command
            [sys.executable, "-m", "titanic_mlops", *words],
            env={**os.environ, HOME: str(self.folder / "own"), PROBLEMS: str(own), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Unavailable(
                f"`titanic-mlops {words[0]}` was refused: {done.stderr or done.stdout}"
            )
        return done.stdout.replace(f"{self.folder}/", "")

    def log(self) -> str:
        """Return the platform's log."""
        return (self.folder / "up.log").read_text(encoding="utf-8")


@contextmanager
def up(folder: Path) -> Iterator[Story]:
    """Run the platform in `folder`; print its log when a step of the demo fails."""
    home = folder / "home"
    with (
        (folder / "up.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "titanic_mlops", "up", "--port", "0"],
            env={**os.environ, HOME: str(home), PROBLEM: ""},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as running,
    ):
        try:
            platform = open_local(Settings(home), load_problem(EXAMPLE))
            yield Story(platform, running, folder)
        except BaseException:
            console(err=True).print((folder / "up.log").read_text(encoding="utf-8"))
            raise
        finally:
            running.terminate()
