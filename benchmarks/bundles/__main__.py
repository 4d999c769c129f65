"""What a deployed function weighs, how soon a cold one answers, and what memory it holds.

Each bundle runs as Google runs it, on Google's services played on the loopback: the times are
those of loading and of our own code, without a network and without the start of a container.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bundles.memory import held_bytes
from tests.wire.platform import WirePlatform, topic, wire_services
from titanic_mlops.events import IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Ledger
from titanic_mlops.platforms.ports import open_ports
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings
from tools.bundle import install, serving, unzip, zipped
from tools.reach import BUNDLES, ROOT

STARTS = 5
JACK = {"Pclass": "3", "Sex": "male", "SibSp": 0, "Parch": 0, "Name": ""}
ORDER = ("ingest_data", "train_model", "predictions_endpoint", "monitor_model")
"""Each makes what the next one needs."""


def main() -> None:
    """Print the table."""
    problem = load_problem("titanic")
    left_out = json.loads(BUNDLES.read_text(encoding="utf-8"))["leaves_out"]
    with tempfile.TemporaryDirectory() as name, wire_services(problem, Path(name) / "w") as wire:
        ports = _ports(wire)
        table = (ROOT / "dataset" / "titanic.csv").read_bytes()
        info = ports.landing.put("titanic/titanic.csv", table)
        landed = ObjectFinalized(wire.environment["LANDING_BUCKET"], info.key, info.version)
        print("function              zip kB  packages  MB   work s  cold s  memory MB")
        for function in ORDER:
            folder = Path(name) / function
            made = zipped(function, left_out[function])
            unzip(made, folder)
            python = install(folder, "--compile-bytecode")
            sources = str(folder / "titanic_mlops")
            subprocess.run([python, "-m", "compileall", "-q", sources], check=True)  # noqa: S603 our own
            packages = next(folder.glob(".venv/lib/python*/site-packages"))
            asked = _request(function, ports, landed)
            first, held = _answered(function, folder, python, wire.environment, *asked)
            again = [
                _answered(function, folder, python, wire.environment, *asked)[0]
                for _ in range(STARTS)
            ]
            print(
                f"{function:<22}{len(made) / 1e3:>6.0f}"
                f"{len(list(packages.glob('*.dist-info'))):>10}"
                f"{_size(packages) / 1e6:>5.0f}{first:>8.1f}{statistics.median(again):>8.1f}"
                f"{held / 1e6:>11.0f}",
                flush=True,
            )


def _ports(wire: WirePlatform) -> Ports:
    import os  # noqa: PLC0415 only to lead Google's clients to the loopback

    os.environ.update(wire.environment)
    return open_ports(Settings.from_env(wire.environment), load_problem("titanic"))


def _request(function: str, ports: Ports, landed: ObjectFinalized) -> tuple[str, object]:
    """Return path and body of what makes a function work; once done, it is found done."""
    if function == "predictions_endpoint":
        return "", JACK
    if function == "monitor_model":
        return "", None
    if function == "ingest_data":
        return f"/{topic('landing')}", _message(b"{}", landed.to_attributes())
    (entry,) = Ledger(ports.storage, "titanic").entries()
    complete = IngestionComplete(
        entry.problem, entry.file_id, entry.file, entry.accepted, entry.rejected
    )
    return f"/{topic('ingestion_complete')}", _message(complete.to_bytes(), {})


def _message(data: bytes, attributes: Mapping[str, str]) -> dict[str, object]:
    message = {
        "data": b64encode(data).decode(),
        "attributes": dict(attributes),
        "messageId": "1",
        "publishTime": "2026-01-02T03:04:05Z",
    }
    return {"message": message, "subscription": "projects/wire/subscriptions/s"}


def _answered(
    function: str,
    folder: Path,
    python: Path,
    environment: Mapping[str, str],
    path: str,
    body: object,
) -> tuple[float, int]:
    """Return seconds from the process's start to its first answer, and the memory then held."""
    options = ["--asgi"] if function == "predictions_endpoint" else []
    started = time.monotonic()
    with serving(function, folder, python, environment, *options) as served:
        request = urllib.request.Request(  # noqa: S310 the loopback
            f"{served.address}{path or '/'}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 as above
            answer.read()
        return time.monotonic() - started, held_bytes(served.process)


def _size(packages: Path) -> int:
    """Return the bytes of what is installed, without what Python compiles of it."""
    files = (path for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files)


if __name__ == "__main__":
    main()
