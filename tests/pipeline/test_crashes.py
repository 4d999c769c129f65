"""Crash before and after every call to a port; deliver again; nothing may be lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from tests.pipeline.conftest import as_csv
from titanic_mlops.events import INGESTION_COMPLETE, ObjectFinalized
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings
from titanic_mlops.wiring import LANDING_BUCKET
from titanic_mlops.wiring.local import LocalPlatform, open_local

CALLS = {"put", "get", "open", "ensure", "load", "execute", "publish"}


class Crash(BaseException):
    """The process ends here; no handler may catch it."""


class CrashingPort:
    """Pass every call on, but crash before or after the one whose turn it is."""

    def __init__(self, port: Any, turn: Callable[[], str]) -> None:  # noqa: ANN401 any port
        self._port = port
        self._turn = turn

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 any method of it
        method = getattr(self._port, name)
        if name not in CALLS:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 passed on
            when = self._turn()
            if when == "before":
                raise Crash
            result = method(*args, **kwargs)
            if when == "after":
                if hasattr(result, "close"):
                    result.close()  # as the end of a process does
                raise Crash
            return result

        return call


def crashing(ports: Ports, at: int, when: str) -> Ports:
    numbers = count()

    def turn() -> str:
        return when if next(numbers) == at else ""

    return replace(
        ports,
        landing=CrashingPort(ports.landing, turn),
        storage=CrashingPort(ports.storage, turn),
        warehouse=CrashingPort(ports.warehouse, turn),
        bus=CrashingPort(ports.bus, turn),
    )


def outcome(platform: LocalPlatform) -> dict[str, Any]:
    warehouse = platform.ports.warehouse
    accepted = "SELECT PassengerId, Survived, Age, row_number FROM training_data ORDER BY 1"
    return {
        "accepted": warehouse.query(accepted).to_pylist(),
        "rejected": warehouse.query("SELECT row_number, raw FROM rejected_rows").to_pylist(),
        "history": warehouse.query("SELECT state FROM ingestions").to_pylist(),
        "staging": [name for name in table_names(platform) if name.startswith("staging")],
    }


def table_names(platform: LocalPlatform) -> list[str]:
    path = platform.ports.storage.uri("x").removesuffix("storage/x") + "titanic.duckdb"
    with duckdb.connect(path) as connection:
        return [row[0] for row in connection.execute("SHOW TABLES").fetchall()]


def test_a_crash_at_any_call_of_an_ingestion_loses_and_doubles_nothing(
    tmp_path: Path, table: list[dict[str, str]]
) -> None:
    rows = [{**table[0], "Age": "130"}, *table[1:8]]
    expected, points = None, 0
    for at, when in ((k, when) for k in count() for when in ("before", "after")):
        platform = open_local(Settings(tmp_path / f"{at}{when}"), load_problem("titanic"))
        info = platform.ports.landing.put("titanic/some.csv", as_csv(rows))
        event = ObjectFinalized(LANDING_BUCKET, info.key, info.version)
        crashed = False
        try:
            ingest_data(event, platform.problem, crashing(platform.ports, at, when))
        except Crash:
            crashed = True
        entry = ingest_data(event, platform.problem, platform.ports)  # delivered again

        found = outcome(platform)
        expected = expected or found
        assert entry.state == "announced", (at, when)
        assert found == expected, (at, when)
        assert platform.queue.depth([INGESTION_COMPLETE]) in ({1, 2} if crashed else {1})
        if not crashed:
            break
        points += 1
    assert expected is not None
    assert (len(expected["accepted"]), len(expected["rejected"])) == (7, 1)
    assert expected["staging"] == []
    assert points > 20
