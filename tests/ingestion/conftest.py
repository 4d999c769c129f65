"""The fixture `check`: check bytes as a landed file and return the whole outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ingestion.outcome import Check, Outcome, by_row_number
from titanic_mlops.ingestion import Source, check_file
from titanic_mlops.problems.base import Problem

SOURCE = Source("titanic/case.csv", "f" * 64, 17, datetime(2024, 5, 1, 12, 30, tzinfo=UTC))


@pytest.fixture
def check(tmp_path: Path, titanic: Problem) -> Check:
    def run(
        data: bytes,
        problem: Problem | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Outcome:
        landed, good, bad = (tmp_path / name for name in ("in.csv", "a.parquet", "r.parquet"))
        landed.write_bytes(data)
        summary = check_file(
            landed, problem or titanic, SOURCE, accepted=good, rejected=bad, progress=progress
        )
        assert set(tmp_path.iterdir()) == {landed, good, bad}, "something was left behind"
        tables = by_row_number(good), by_row_number(bad)
        return Outcome(summary, *tables, good.read_bytes(), bad.read_bytes())

    return run
