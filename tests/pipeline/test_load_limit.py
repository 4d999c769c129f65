"""BigQuery takes about 1,500 load jobs a day into one table: files must not count against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM
from tests.invented_rows import flats
from tests.pipeline.decisions import entries, query, written
from tests.pipeline.worlds import GoogleWorld, google_worlds
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.landing import land
from titanic_mlops.tables.problem import training_data


def test_files_beyond_the_load_limit_of_a_table_are_loaded(tmp_path: Path) -> None:
    with google_worlds(PROBLEM, tmp_path) as worlds, worlds() as world:
        assert isinstance(world, GoogleWorld)
        server, ports, rows = world.served.warehouse, world.ports, flats(30, seed=7)
        server.loads_a_day = 1
        for start in (0, 10, 20):
            file = written(tmp_path, f"from {start}", rows[start : start + 10])
            landed = land(file.path, world.problem, ports.landing)
            event = ObjectFinalized(ports.landing_bucket, landed.key, landed.version)
            ingest_data(event, world.problem, ports)

        assert [entry.state for entry in entries(world)] == ["announced"] * 3
        assert query(world, "SELECT COUNT(*) AS n FROM training_set") == [{"n": 30}]
        assert {table for table, _ in server.loads} == {
            staging.table_name(entry.file_id, kind)
            for entry in entries(world)
            for kind in staging.KINDS
        }


def test_a_table_beyond_its_load_limit_is_refused(tmp_path: Path) -> None:
    with google_worlds(PROBLEM, tmp_path) as worlds, worlds() as world:
        assert isinstance(world, GoogleWorld)
        world.served.warehouse.loads_a_day = 0
        name = training_data(world.problem).name
        with pytest.raises(Unavailable, match="exceeded quota for imports per table"):
            world.ports.warehouse.load("gs://wire-models/none", name, job_id="one")
