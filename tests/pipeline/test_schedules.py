"""In whatever order files are delivered and held ones released, the same rows are read."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest

from tests.invented_problem import PROBLEM
from tests.invented_rows import flats
from tests.pipeline.decisions import entries, query, written
from tests.pipeline.worlds import World, local_worlds
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.landing import land

pytestmark = pytest.mark.repeats

READ = (
    "SELECT record_id, area, rent, split, file_id, row_number, label_file_id "
    "FROM training_set ORDER BY record_id"
)


def landed(world: World, folder: Path) -> list[ObjectFinalized]:
    """Land flats, 30 of them with other rents, and 20 of them with other areas and no rent.

    The second and third file have so many invalid rows that they are held.
    """
    rows = flats(60, seed=7)
    invalid = rows[:15].assign(heating="coal")
    others = rows[15:45].assign(rent=rows["rent"] + 500)
    unlabelled = rows[30:50].assign(rent=None, area=33.0)
    parts = {
        "all": rows,
        "others": pd.concat([invalid, others]),
        "unlabelled": pd.concat([invalid, unlabelled]),
    }
    events = []
    for name, part in parts.items():
        info = land(written(folder, name, part).path, world.problem, world.ports.landing)
        events.append(ObjectFinalized(world.ports.landing_bucket, info.key, info.version))
    return events


def released(world: World) -> None:
    """Release every held file, the newest first."""
    for entry in reversed(entries(world)):
        if entry.state == "held":
            release(entry.file_id, world.problem, world.ports)


@pytest.mark.parametrize("late", [False, True], ids=["each at once", "all at the end"])
def test_every_order_of_deliveries_and_releases_is_read_alike(
    tmp_path: Path, *, late: bool
) -> None:
    found = {}
    with local_worlds(PROBLEM, tmp_path) as worlds:
        with worlds() as world:
            events, saved = landed(world, tmp_path), world.save()
        for order in list(permutations(events))[:: 3 if late else 1]:
            with worlds(saved) as world:
                for event in order:
                    ingest_data(event, world.problem, world.ports)
                    if not late:
                        released(world)
                released(world)
                assert {entry.state for entry in entries(world)} == {"announced"}
                found[tuple(event.name for event in order)] = query(world, READ)
    wanted, *others = found.values()
    assert len({row["label_file_id"] for row in wanted}) == 2
    assert len({row["file_id"] for row in wanted}) == 3
    assert others == [wanted] * len(others), list(found)
