from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def runtime() -> list[Requirement]:
    return [Requirement(line) for line in _pyproject()["project"]["dependencies"]]


@pytest.fixture(scope="session")
def declared(runtime: list[Requirement]) -> list[Requirement]:
    """Return what the package and all its groups ask for."""
    groups = _pyproject()["dependency-groups"].values()
    return [*runtime, *(Requirement(line) for group in groups for line in group)]


def _pyproject() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
