from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.invented_problem import PROBLEM as FLATS
from tests.invented_rows import flats
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.card import Snapshot
from titanic_mlops.errors import SnapshotDamaged
from titanic_mlops.learning.stored_snapshot import snapshot_key
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.learning.training.snapshot import read_snapshot, take_snapshot
from titanic_mlops.rules.split import TEST, TRAIN
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.problem import tables_of, training_data


def frozen(home: Path, rows: pd.DataFrame) -> tuple[Snapshot, DirectoryStore]:
    """Load the rows into a fresh warehouse, in their order, and take the snapshot."""
    store, warehouse = DirectoryStore(home / "store"), DuckDBWarehouse(home / "w.duckdb")
    table = training_data(FLATS)
    warehouse.ensure(tables_of(FLATS))
    now = pd.Timestamp("2026-01-02", tz="UTC")
    loaded = rows.assign(
        file_id="a file",
        row_number=range(1, len(rows) + 1),
        generation=7,
        label_generation=7,
        ingested_at=now,
        record_id=rows["flat"],
        sequence=3,
    )
    pq.write_table(
        pa.Table.from_pandas(loaded, arrow_schema(table), preserve_index=False),
        home / "rows.parquet",
    )
    store.put("rows.parquet", (home / "rows.parquet").read_bytes())
    warehouse.load(store.uri("rows.parquet"), "training_data", job_id="one")
    return take_snapshot(FLATS, warehouse, store), store


def test_a_snapshot_does_not_depend_on_the_loading_order(tmp_path: Path) -> None:
    rows = flats(50, seed=1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, store = frozen(tmp_path / "a", rows)
    lineage = read_snapshot(FLATS, store, first.sha256)
    assert list(lineage["flat"]) == sorted(rows["flat"])
    # the snapshots differ in row_number, the position of a row in its file
    columns = [c.name for c in FLATS.columns]
    second, other = frozen(tmp_path / "b", rows.iloc[::-1])
    again = read_snapshot(FLATS, other, second.sha256)
    pd.testing.assert_frame_equal(lineage[columns], again[columns])


def test_a_snapshot_is_named_by_its_sha256_and_written_once(tmp_path: Path) -> None:
    snapshot, store = frozen(tmp_path, flats(60, seed=2).assign(rent=range(60)))
    stored = store.stat(snapshot_key(FLATS, snapshot.sha256))
    assert stored is not None
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    assert take_snapshot(FLATS, warehouse, store) == snapshot
    assert store.stat(snapshot_key(FLATS, snapshot.sha256)) == stored
    assert (snapshot.rows, snapshot.files, snapshot.generation) == (60, {"a file": 60}, 7)
    assert snapshot.taken == 3
    assert sum(snapshot.rows_by_split.values()) == 60


def test_another_snapshots_bytes_are_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, store = frozen(tmp_path / "a", flats(50, seed=1))
    second, other = frozen(tmp_path / "b", flats(50, seed=2))
    found = other.get(snapshot_key(FLATS, second.sha256))
    assert found is not None
    key = snapshot_key(FLATS, first.sha256)
    right = store.get(key)
    assert right is not None
    monkeypatch.setattr(pq, "read_table", lambda *_: pytest.fail("parsed"))
    for data in (found[0], right[0][:-1], bytes([right[0][0] ^ 1]) + right[0][1:], b""):
        store.put(key, data)
        with pytest.raises(SnapshotDamaged, match="is not the snapshot that was written"):
            read_snapshot(FLATS, store, first.sha256)


def test_records_that_never_train_stay_in_the_holdout_only(tmp_path: Path) -> None:
    rows = flats(60, seed=2)
    _, store = frozen(tmp_path, rows)
    held_out, training = (rows.loc[rows["split"] == split, "flat"] for split in (TEST, TRAIN))
    never = frozenset([*held_out, *training[:3]])
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    taken = take_snapshot(FLATS, warehouse, store, never_train=never)
    read = read_snapshot(FLATS, store, taken.sha256)
    assert set(rows["flat"]) - set(read["flat"]) == set(training[:3])
    assert (taken.rows, taken.taken) == (57, 3)


def test_a_split_key_of_the_holdout_does_not_train(tmp_path: Path) -> None:
    rows = flats(60, seed=2)
    shared = rows.loc[rows["split"] == TEST, "house"].iloc[0]
    moved = rows.index[rows["split"] == TRAIN][:4]
    rows.loc[moved, "house"] = shared
    snapshot, store = frozen(tmp_path, rows)
    read = read_snapshot(FLATS, store, snapshot.sha256)
    assert set(rows["flat"]) - set(read["flat"]) == set(rows.loc[moved, "flat"])


def test_a_snapshot_leaves_out_unlabelled_rows(tmp_path: Path) -> None:
    rows = flats(60, seed=2)
    rows.loc[rows.index[:5], "rent"] = None
    assert frozen(tmp_path, rows)[0].rows == 55


def test_integers_stay_integers_beside_missing_values(tmp_path: Path) -> None:
    snapshot, store = frozen(tmp_path, flats(600, seed=3))
    rows = read_snapshot(FLATS, store, snapshot.sha256)
    assert {type(record["rooms"]) for record in records_of(rows, TRAIN)} == {int, type(None)}
    encoder = train(FLATS, rows).encoder
    asked = dict(zip(encoder.input_names, encoder.encode({"rooms": 2}).tolist(), strict=True))
    assert asked["rooms"] == 2
