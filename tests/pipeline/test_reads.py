from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.pipeline.conftest import Drop, Rows, spoil
from titanic_mlops.pipeline import reads
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.ports import Value
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import EVALUATIONS


def test_held_files_are_those_and_no_others(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("good.csv", table[:30])
    held = drop("bad.csv", spoil(table[30:70], 20))
    assert reads.held_files(platform.problem, platform.ports) == [held]


def test_rejected_rows_are_the_first_of_their_own_file(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("other.csv", spoil(table[:30], 1))
    entry = drop("titanic.csv", spoil(table[40:80], 8))
    rows = reads.first_rejected_rows(entry.file_id, platform.ports, most=3)
    assert [row["row_number"] for row in rows] == [1, 2, 3]
    assert rows[0]["raw"].startswith("41,")
    assert rows[0]["reasons"] == [{"field": "Age", "rule": "range"}]


def test_rows_are_counted_by_split(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("titanic.csv", table)
    counts = reads.rows_by_split(platform.ports)
    assert list(counts.items()) == [("TRAIN", 627), ("TEST", 198), ("VALIDATION", 66)]


@pytest.mark.parametrize(
    ("challenger", "sentence"),
    [(7, "Version 7 passed."), (None, "The challenger passed.")],
)
def test_the_latest_verdict_names_its_version(
    platform: LocalPlatform, challenger: int | None, sentence: str
) -> None:
    evaluate(platform, 1, 6, "The challenger failed.")
    evaluate(platform, 3, challenger, "The challenger passed.")
    evaluate(platform, 2, 8, "The challenger was late.")
    assert reads.latest_verdict(platform.ports) == sentence


def test_a_prediction_without_a_row_is_none(platform: LocalPlatform) -> None:
    assert reads.stored_prediction("unknown", platform.ports) is None


def evaluate(platform: LocalPlatform, day: int, challenger: int | None, sentence: str) -> None:
    insert = sql.insert_once(EVALUATIONS, unless_equal=("evaluation_id",))
    row: dict[str, Value] = {
        "evaluation_id": str(day),
        "evaluated_at": datetime(2026, 1, day, tzinfo=UTC),
        "snapshot": "",
        "challenger": challenger,
        "champion": None,
        "promoted": False,
        "sentence": sentence,
        "verdict": "{}",
    }
    platform.ports.warehouse.execute(insert, row)
