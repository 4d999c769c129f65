"""A file's statistics, and what is unusual against the files before it."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.ingestion.outcome import Check
from tests.ingestion.test_check import HEADER, TABLE, line
from titanic_mlops.ingestion import Statistics, compare
from titanic_mlops.ingestion.statistics import measure
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem


def statistics(rows: int, *, age: int = 0, **embarked: int) -> Statistics:
    return {"rows": rows, "missing": {"Age": age}, "categories": {"Embarked": embarked}}


def unusual(found: Statistics, earlier: list[Statistics]) -> list[str]:
    return list(compare(found, earlier, load_problem("titanic")))


def test_the_statistics_of_the_real_table(check: Check) -> None:
    found = check(TABLE.read_bytes()).summary.statistics
    assert found["rows"] == 891
    assert found["missing"] == {"Survived": 0, "Age": 177, "Fare": 0, "Cabin": 687, "Embarked": 2}
    assert found["categories"] == {
        "Sex": {"male": 577, "female": 314},
        "Embarked": {"S": 644, "C": 168, "Q": 77},
    }


def test_rejected_and_superseded_rows_do_not_count(check: Check) -> None:
    summary = check(HEADER + line(1, age="") + line(1) + line(2, age="130")).summary
    assert (summary.statistics["rows"], summary.statistics["missing"]["Age"]) == (1, 0)
    assert summary.labelled == 1


@pytest.mark.parametrize("parts", [2, 3, 5, 9])
def test_random_parts_of_the_real_table_are_usual(
    parts: int, titanic: Problem, tmp_path: Path
) -> None:
    """None of 40 random splits into files of 33 rows or more, of any sizes, raises a sentence."""
    table = pa.csv.read_csv(TABLE, convert_options=pa.csv.ConvertOptions(strings_can_be_null=True))
    chance = random.Random(1912)  # noqa: S311 seeded test data
    for _ in range(40):
        order = chance.sample(range(891), 891)
        cuts = sorted(chance.sample(range(33, 891, 33), parts - 1))
        earlier: list[Statistics] = []
        for start, end in pairwise([0, *cuts, 891]):
            pq.write_table(table.take(order[start:end]), tmp_path / "part.parquet")
            found = measure(tmp_path / "part.parquet", titanic)
            assert unusual(found, earlier[-5:]) == []
            earlier.append(found)


def test_honest_files_of_similar_size_have_a_usual_row_count() -> None:
    earlier = [statistics(rows) for rows in (80, 100, 120)]
    assert [unusual(statistics(rows), earlier) for rows in (8, 50, 1200)] == [[], [], []]


@pytest.mark.parametrize("rows", [7, 1201])
def test_a_tenth_or_tenfold_of_the_rows_is_said(rows: int) -> None:
    earlier = [statistics(rows) for rows in (80, 100, 120)]
    (said,) = unusual(statistics(rows), earlier)
    assert said == f"{rows:,} rows; the last 3 files have 80 to 120"
    assert unusual(statistics(rows), earlier[:2]) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (30, []),
        (39, []),
        (60, ["Age is missing in 60 of 100 rows; in the last files in 300 of 1,000"]),
        (0, ["Age is missing in 0 of 100 rows; in the last files in 300 of 1,000"]),
    ],
)
def test_another_share_of_missing_cells_is_said(missing: int, said: list[str]) -> None:
    earlier = [statistics(400, age=120), statistics(600, age=180)]
    assert unusual(statistics(100, age=missing), earlier) == said


def test_a_share_in_few_rows_is_not_compared() -> None:
    earlier = [statistics(400), statistics(600)]
    assert unusual(statistics(19, age=19), earlier) == []
    assert len(unusual(statistics(20, age=20), earlier)) == 1


def test_a_file_without_labels_is_not_said_twice() -> None:
    def survived(missing: int) -> Statistics:
        return {"rows": 100, "missing": {"Survived": missing}, "categories": {}}

    assert unusual(survived(100), [survived(0)]) == []
    assert len(unusual(survived(99), [survived(0)])) == 1


def test_a_category_that_is_new_in_many_rows_is_said() -> None:
    earlier = [statistics(100, S=100)] * 3
    assert unusual(statistics(100, S=95, Q=5), earlier) == []
    (said,) = unusual(statistics(100, S=80, Q=20), earlier)
    assert said == "Embarked has categories that the last files lack: Q in 20 rows"


def test_new_categories_of_a_free_text_are_counted_only() -> None:
    def ports(**counts: int) -> Statistics:
        return {"rows": 100, "missing": {}, "categories": {"Ticket": counts}}

    (said,) = unusual(ports(Zanzibar=40, Canary=30, S=30), [ports(S=100)])
    assert said == "Ticket has 2 categories that the last files lack, in 70 rows"


def test_the_first_file_and_an_empty_one_raise_nothing() -> None:
    assert unusual(statistics(100, age=100, X=100), []) == []
    assert unusual(statistics(0), [statistics(100)]) == []
    assert unusual(statistics(100, age=50, Q=100), [statistics(0)]) == []
