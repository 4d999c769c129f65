"""What every test of the ingestion needs: a way to check bytes and to see all that came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from titanic_mlops.ingestion import CheckedFile, Source, check_file
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem

SOURCE = Source("titanic/case.csv", "f" * 64, 17, datetime(2024, 5, 1, 12, 30, tzinfo=UTC))


@dataclass(frozen=True)
class Outcome:
    summary: CheckedFile
    accepted: dict[int, dict[str, Any]]
    rejected: dict[int, dict[str, Any]]
    accepted_bytes: bytes
    rejected_bytes: bytes

    def reasons(self) -> dict[int, list[str]]:
        return {
            number: [f"{reason['field']}:{reason['rule']}" for reason in row["reasons"]]
            for number, row in self.rejected.items()
        }


Check = Callable[..., Outcome]


@pytest.fixture
def titanic() -> Problem:
    return load_problem("titanic")


@pytest.fixture
def check(tmp_path: Path, titanic: Problem) -> Check:
    def run(data: bytes, problem: Problem = titanic, **options: Any) -> Outcome:
        landed, accepted, rejected = (tmp_path / name for name in ("in.csv", "a.parquet", "r"))
        landed.write_bytes(data)
        paths = {"accepted": accepted, "rejected": rejected}
        summary = check_file(landed, problem, SOURCE, **paths, **options)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "in.csv", "r"]
        return Outcome(
            summary,
            _by_row_number(accepted),
            _by_row_number(rejected),
            accepted.read_bytes(),
            rejected.read_bytes(),
        )

    return run


def _by_row_number(path: Path) -> dict[int, dict[str, Any]]:
    rows = pq.read_table(path).to_pylist()
    numbered = {row["row_number"]: row for row in rows}
    assert len(numbered) == len(rows), "a row is there twice"
    return numbered
