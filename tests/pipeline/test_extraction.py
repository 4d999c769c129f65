"""Rows of a query land as a CSV that ingestion reads back, and the ledger keeps their origin."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pyarrow as pa
import pytest

from tests.pipeline.conftest import Land, query
from titanic_mlops.errors import Rejected
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import extraction
from titanic_mlops.pipeline.extracted_csv import write_csv
from titanic_mlops.pipeline.extraction import FOLDER, Source, extract, extraction_of
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Column, Dialect, Numeric, Problem
from titanic_mlops.rules.cells import read_cell

TITANIC = load_problem("titanic")


class Stay(TypedDict):
    """A record with a column of each type."""

    id: Annotated[int, Column(description="id")]
    paid: Annotated[bool, Column(description="paid", words=("nein", "ja"))]
    area: Annotated[float | None, Column(description="area", header="Area m2")]
    kind: Annotated[Literal["a", "b"], Column(description="kind")]
    on: Annotated[date, Column(description="day")]
    at: Annotated[datetime, Column(description="time")]
    tags: Annotated[list[str], Column(description="tags", separator="|")]
    rent: Annotated[float | None, Column(description="rent")]


def stays(dialect: Dialect) -> Problem:
    return Problem(
        name="stays",
        title="Stays",
        record=Stay,
        task="regression",
        key="id",
        target="rent",
        features=(Numeric("area"),),
        dialect=dialect,
    )


GERMAN = Dialect(
    delimiter=";", decimal=",", date_format="%d.%m.%Y", datetime_format="%d.%m.%Y %H:%M:%S"
)
ROW: dict[str, Any] = {
    "id": 7,
    "paid": True,
    "area": 70.5,
    "kind": "a",
    "on": date(2024, 5, 31),
    "at": datetime(2024, 5, 31, 17, 30, 1, tzinfo=UTC),
    "tags": ["x", "y;z"],
    "rent": Decimal("1200.25"),
}


def rows_of(**changes: object) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, **changes}])


@pytest.mark.parametrize("dialect", [Dialect(), GERMAN], ids=["plain", "german"])
def test_a_row_is_read_back_as_it_was(dialect: Dialect) -> None:
    problem = stays(dialect)
    text = write_csv(rows_of(), problem).decode()
    (written,) = csv.DictReader(io.StringIO(text), delimiter=dialect.delimiter)
    read = {c.name: read_cell(c, written[c.file_name], dialect) for c in problem.columns}
    assert read == {
        **{name: ROW[name] for name in ("id", "paid", "area", "kind")},
        "on": "2024-05-31",
        "at": "2024-05-31T17:30:01",
        "tags": "x|y;z",
        "rent": 1200.25,
    }


def test_a_missing_value_is_an_empty_cell() -> None:
    written = write_csv(rows_of(area=None, rent=None), stays(Dialect())).decode()
    assert ",," in written
    assert written.endswith(",\n")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"area": float("nan")}, "in Area m2 a number that is not finite"),
        ({"rent": float("inf")}, "in rent a number that is not finite"),
        ({"kind": b"a"}, "in kind a value of the type bytes"),
        ({"kind": {"a": 1}}, "in kind a value of the type dict"),
        ({"kind": ["a"]}, "in kind a list"),
        ({"kind": "a\0"}, "in kind a NUL character"),
        ({"tags": ["x|y"]}, r"in tags a member with the separator '\|'"),
        ({"on": datetime(2024, 5, 31, 1, tzinfo=UTC)}, "in on a time of day where a date"),
        (
            {"at": datetime(2024, 5, 31, 1, 0, 0, 5, tzinfo=UTC)},
            "in at a time that its form %d.%m.%Y %H:%M:%S cuts",
        ),
    ],
)
def test_what_the_dialect_cannot_carry_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Rejected, match=told) as refused:
        write_csv(rows_of(**changes), stays(GERMAN))
    assert refused.value.detail.startswith("Row 1 of the query has")


def test_lacking_and_doubled_columns_are_named() -> None:
    with pytest.raises(Rejected, match=r"lacks paid, Area m2, .*; it gives id"):
        write_csv(pa.table({"id": [1]}), stays(Dialect()))
    twice = rows_of().append_column("ID", pa.array([7]))
    with pytest.raises(Rejected, match="column id is there twice"):
        write_csv(twice, stays(Dialect()))


def test_a_columns_own_name_becomes_that_of_files() -> None:
    header = write_csv(rows_of(), stays(Dialect())).decode().splitlines()[0]
    assert header == "id,paid,Area m2,kind,on,at,tags,rent"


Passengers = Callable[[str, int], pa.Table]


@pytest.fixture
def passengers() -> Passengers:
    """Return the first rows of the real table, whatever is asked."""
    with Path("dataset/titanic.csv").open(newline="", encoding="utf-8") as file:
        rows = [{k: v or None for k, v in row.items()} for row in csv.DictReader(file)]
    return lambda _sql, most: pa.Table.from_pylist(rows[:most])


def extracted(
    platform: LocalPlatform, source: Source, folder: Path, sql: str = "SELECT * FROM `a.b.people`"
) -> Entry:
    path, _ = extract(sql, "", source, TITANIC, platform.ports, folder)
    return platform.wait_until_final(platform.land(path, folder=FOLDER).file_id)


@pytest.mark.usefixtures("known_models")
def test_the_ledger_and_its_history_say_where_rows_came_from(
    platform: LocalPlatform, passengers: Passengers, tmp_path: Path
) -> None:
    entry = extracted(platform, Source("sales", passengers), tmp_path)
    assert entry.state == "done"
    assert entry.accepted == 891
    assert entry.file.startswith("titanic/extracted/people-2")
    assert entry.file.endswith("Z.csv")
    known = {
        "dataset": "sales",
        "table": "people",
        "query": "SELECT * FROM `a.b.people`",
        "rows": 891,
        "columns": 12,
    }
    assert entry.extraction == known
    told = query(
        platform,
        "SELECT DISTINCT source_dataset AS dataset, source_table AS `table`, query, "
        "query_rows AS `rows`, query_columns AS `columns` FROM ingestions",
    )
    assert told == [known]


def test_two_extractions_at_one_time_have_two_names(
    platform: LocalPlatform, passengers: Passengers, tmp_path: Path
) -> None:
    class Frozen:
        def now(self) -> datetime:
            return datetime(2026, 5, 3, tzinfo=UTC)

    ports = replace(platform.ports, clock=Frozen())
    source = Source("sales", passengers)
    names = [extract("SELECT 1", "t", source, TITANIC, ports, tmp_path)[0].name for _ in range(2)]
    assert names == ["t-20260503T000000.000000Z.csv", "t-20260503T000000.000000Z-2.csv"]


def test_a_file_that_a_user_put_there_has_no_origin(platform: LocalPlatform, land: Land) -> None:
    event = land("extracted/mine.csv", b"x")
    entry = Ledger(platform.ports.storage, "titanic").begin(event)
    assert extraction_of(entry, platform.ports) == {}


def test_no_row_and_too_many_rows_are_refused(
    platform: LocalPlatform,
    passengers: Passengers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none = Source("sales", lambda sql, most: passengers(sql, most).slice(0, 0))
    monkeypatch.setattr(extraction, "MOST_ROWS", 10)
    for source, told in ((none, "gives no row"), (Source("s", passengers), "more than 10 rows")):
        with pytest.raises(Rejected, match=told):
            extract("SELECT 1", "t", source, TITANIC, platform.ports, tmp_path)
    assert list(platform.ports.storage.list("extractions/")) == []
    assert list(tmp_path.glob("*.csv")) == []


@pytest.mark.parametrize("named", ["../x", "a/b", "a b", ".hidden", "x" * 101])
def test_a_table_that_names_no_file_is_refused(
    platform: LocalPlatform, passengers: Passengers, tmp_path: Path, named: str
) -> None:
    source = Source("sales", passengers)
    with pytest.raises(Rejected, match="cannot name an extracted file"):
        extract("SELECT 1", named, source, TITANIC, platform.ports, tmp_path)


def test_an_entry_of_before_has_no_extraction(platform: LocalPlatform, land: Land) -> None:
    """A ledger entry that a former version wrote is read without the field."""
    ledger = Ledger(platform.ports.storage, "titanic")
    entry = ledger.begin(land("old.csv", b"x"))
    key = f"ledger/titanic/{entry.file_id}.json"
    found = platform.ports.storage.get(key)
    assert found
    document = json.loads(found[0])
    del document["extraction"]
    platform.ports.storage.put(key, json.dumps(document).encode())
    assert ledger.get(entry.file_id).extraction == {}
