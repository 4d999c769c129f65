"""The machine's clock, and the version of the code that runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from titanic_mlops.adapters.machine import SystemClock, code_version


def test_the_clock_returns_the_current_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_the_version_ends_in_a_hash_of_the_sources() -> None:
    assert re.fullmatch(r"([0-9a-f]{40}|uncommitted)\+[0-9a-f]{12}", code_version())


def test_without_git_the_version_still_has_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    with_git = code_version()
    monkeypatch.setenv("PATH", "")
    assert code_version() == f"uncommitted+{with_git.rpartition('+')[2]}"
