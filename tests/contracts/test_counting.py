"""The counts of a window are those that Python's bins give, on every platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.monitoring.sales import sales, sales_records
from tests.sales_problem import SALES
from titanic_mlops.learning.tasks import Answer
from titanic_mlops.monitoring.counting_sql import NTH_PREDICTION, counting, counts_of
from titanic_mlops.monitoring.profile import Profile, profile_of
from titanic_mlops.ports import ObjectStore, Table, Value, Warehouse
from titanic_mlops.problems.base import Record
from titanic_mlops.tables.arrow import TYPES, to_array
from titanic_mlops.tables.problem import predictions_data, tables_of

pytestmark = pytest.mark.repeats

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def profile(records: Sequence[Record]) -> Profile:
    answers = [Answer("no", probability=p) for p in np.linspace(0.1, 0.9, len(records))]
    return profile_of(SALES, records, answers, {})


def load(
    warehouse: Warehouse, store: ObjectStore, records: Sequence[Record], probabilities: list[float]
) -> None:
    """Load one prediction an hour; every tenth is there twice, and every 20th is of version 2."""
    numbers = [n for n in range(len(records)) for _ in range(1 + (n % 10 == 0))]
    rows: list[dict[str, Any]] = [
        {
            "uuid": f"u{n}",
            "requested_at": NOON + n * HOUR,
            "model_version": 1 + (n % 20 == 0),
            "prediction": "no",
            "probability": probabilities[n],
            **records[n],
        }
        for n in numbers
    ]
    table: Table = predictions_data(SALES)
    columns = {
        field.name: to_array([row.get(field.name) for row in rows], TYPES[field.type])
        for field in table.fields
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    store.put("predictions.parquet", bytes(sink.getvalue().to_pybytes()))
    warehouse.ensure(tables_of(SALES))
    warehouse.load(store.uri("predictions.parquet"), table.name, job_id="1")


def test_a_window_is_counted_by_the_bins_of_the_profile(
    warehouse: Warehouse, store: ObjectStore
) -> None:
    """It fails if an edge, a NULL, a quote, a member or a length falls into another bin in SQL."""
    found = profile(sales_records(sales(400, seed=1)))
    others: list[dict[str, Any]] = [dict(one) for one in sales_records(sales(300, seed=2))]
    for number, record in enumerate(others):
        if number % 7 == 0:
            record |= {"turnover": 10_000.0, "width": 0.0, "sold": "1999-12-31", "remark": "x" * 50}
        if number % 11 == 0:
            record |= {"paid": "2031-01-01T00:00:00", "colours": "reddish/violet"}
    width = next(facet for facet in found.facets if facet.name == "width")
    for record, edge in zip(others[1:], width.edges, strict=False):
        record["width"] = edge  # a value on an edge belongs to the bin above it
    probabilities = np.linspace(0, 1, len(others)).tolist()
    load(warehouse, store, others, probabilities)
    since, until = NOON + 50 * HOUR, NOON + 250 * HOUR
    sql, params = counting(found.facets, since=since, until=until, version=1)
    counts = counts_of(found.facets, warehouse.query(sql, params).to_pylist())
    inside = [n for n in range(50, 250) if n % 20]
    for facet, counted in zip(found.facets, counts, strict=True):
        column = facet.column
        values = [
            probabilities[n] if column == "probability" else others[n].get(column) for n in inside
        ]
        assert counted.tolist() == facet.tallied(values).tolist(), facet.name
    assert {"number", "date", "length", "category", "flag", "member"} == {
        facet.kind for facet in found.facets
    }


def test_a_level_that_looks_like_sql_is_only_a_level(
    warehouse: Warehouse, store: ObjectStore
) -> None:
    found = profile(sales_records(sales(400, seed=1)))
    size = next(facet for facet in found.facets if facet.name == "size")
    odd = replace(size, groups=(("S", "x') OR ('1'='1"), ("\\'", "M")))
    load(warehouse, store, sales_records(sales(60, seed=2)), [0.5] * 60)
    sql, params = counting([odd], since=NOON, until=NOON + 60 * HOUR, version=1)
    (counts,) = counts_of([odd], warehouse.query(sql, params).to_pylist())
    sizes = [record["size"] for record in sales_records(sales(60, seed=2))]
    expected = odd.tallied([size for n, size in enumerate(sizes) if n % 20])
    assert counts.tolist() == expected.tolist()


def test_the_time_of_a_windows_nth_prediction_is_found(
    warehouse: Warehouse, store: ObjectStore
) -> None:
    load(warehouse, store, sales_records(sales(60, seed=2)), [0.5] * 60)
    asked: dict[str, Value] = {"since": NOON + 2 * HOUR, "version": 1}
    (row,) = warehouse.query(NTH_PREDICTION, {**asked, "before": 4}).to_pylist()
    assert row["requested_at"] == NOON + 6 * HOUR
    assert warehouse.query(NTH_PREDICTION, {**asked, "before": 56}).num_rows == 0
