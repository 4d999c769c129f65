"""One table's journey, each step a command of its own in a fresh home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter
from typing import Any

from benchmarks.init.tables import Table


@dataclass
class Journey:
    """What came of a table; `seconds` are by the clock, `processor` are those of the processors."""

    table: Table
    drafted: Mapping[str, Any] = field(default_factory=dict)
    ingested: Mapping[str, Any] = field(default_factory=dict)
    version: Mapping[str, Any] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    columns: int = 0
    seconds: float = 0.0
    processor: float = 0.0

    @property
    def test(self) -> Mapping[str, float]:
        """Return the figures of the champion on the rows that it never saw."""
        found: Mapping[str, float] = self.version.get("metrics", {}).get("TEST", {})
        return found


def travel(table: Table, folder: Path) -> Journey:
    """Draft, ingest and predict in an empty folder; stop at the first step that is refused."""
    journey, (own, file) = Journey(table), (folder / "own", folder / f"{table.name}.csv")
    own.mkdir()
    table.write(file)
    environment = {"TITANIC_MLOPS_PROBLEMS": str(own), "TITANIC_MLOPS_HOME": str(folder / "home")}

    def run(*words: str) -> Any:  # noqa: ANN401 whatever document it prints
        done = subprocess.run(  # noqa: S603 our own command
            [sys.executable, "-m", "titanic_mlops", *words, "--json"],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        document = json.loads(done.stdout)
        if done.returncode:
            journey.said = document["error"]["detail"]
        return document

    begun, used = perf_counter(), _processor_seconds()
    journey.drafted = run("init", str(file), "--target", table.target)
    if journey.said:
        return journey
    named = ("--problem", journey.drafted["problem"])
    journey.ingested = run("ingest", str(file), *named)
    journey.seconds, journey.processor = perf_counter() - begun, _processor_seconds() - used
    versions = run("models", "list", *named)
    if not versions or not versions[-1]["champion"]:
        run("train", *named)  # its refusal says why there is no champion
        return journey
    journey.version = versions[-1]
    journey.answer = run("predict", json.dumps(journey.drafted["example"]), *named)
    return journey


def _processor_seconds() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
