"""Terraform, as a person runs it, on copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infrastructure.workplace import Workplace, copy_to


@pytest.fixture
def workplace(tmp_path: Path) -> Callable[..., Workplace]:
    """Return a call that copies the project's infrastructure, for one test to change."""
    return lambda folder="", **how: copy_to(tmp_path / "project", folder, **how)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return a copy that was applied. Copy it, do not change it."""
    return _applied(copy_to(tmp_path_factory.mktemp("applied")))


@pytest.fixture(scope="module")
def applied_quickly(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return the same with few files in the bundles."""
    return _applied(copy_to(tmp_path_factory.mktemp("applied"), few_files=True))


def _applied(place: Workplace) -> Workplace:
    place.must("apply", "-auto-approve", "-input=false", "-var", "project_id=my-project")
    return place
