from __future__ import annotations

import re

import pytest

from titanic_mlops.adapters.code_version import code_version


def test_the_version_ends_in_a_hash_of_the_sources() -> None:
    assert re.fullmatch(r"([0-9a-f]{40}|uncommitted)\+[0-9a-f]{12}", code_version())


def test_a_machine_without_git_names_its_sources_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_git = code_version()
    monkeypatch.setenv("PATH", "")
    assert code_version() == f"uncommitted+{with_git.rpartition('+')[2]}"
