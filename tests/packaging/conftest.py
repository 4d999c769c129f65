from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DEVELOPMENT = ("dev", "bench", "build")
"""The groups that say ranges; those of functions name what the package asks for anyway."""


@pytest.fixture(scope="session")
def runtime() -> list[Requirement]:
    return [Requirement(line) for line in _pyproject()["project"]["dependencies"]]


@pytest.fixture(scope="session")
def declared(runtime: list[Requirement]) -> list[Requirement]:
    """Return what the package and the groups of its development ask for."""
    groups = _pyproject()["dependency-groups"]
    return [*runtime, *(Requirement(line) for name in DEVELOPMENT for line in groups[name])]


@pytest.fixture(scope="session")
def policies() -> list[Requirement]:
    """Return what reads the policies of terraform/, from an environment of its own."""
    return [Requirement(line) for line in _pyproject()["dependency-groups"]["policies"]]


@pytest.fixture(scope="session")
def tables() -> list[Requirement]:
    """Return the packages whose tables a benchmark reads as files."""
    return [Requirement(line) for line in _pyproject()["dependency-groups"]["tables"]]


@pytest.fixture(scope="session")
def peers() -> list[Requirement]:
    """Return the learners that only the learning benchmark installs."""
    return [Requirement(line) for line in _pyproject()["dependency-groups"]["peers"]]


@pytest.fixture(scope="session")
def kept_apart(
    peers: list[Requirement], policies: list[Requirement], tables: list[Requirement]
) -> dict[str, list[Requirement]]:
    """Return the groups that are not installed with the others, by the name of their pins."""
    return {"peers": peers, "policies": policies, "tables": tables}


@pytest.fixture(scope="session")
def of_functions() -> dict[str, list[Requirement]]:
    """Return what each group of a function, or a part of one, asks for."""
    groups = _pyproject()["dependency-groups"]

    def expanded(name: str) -> list[Requirement]:
        found = []
        for line in groups[name]:
            found += [Requirement(line)] if isinstance(line, str) else expanded(*line.values())
        return found

    others = {*DEVELOPMENT, "peers", "policies", "tables"}
    return {name: expanded(name) for name in groups if name not in others}


def _pyproject() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
