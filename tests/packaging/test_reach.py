from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from tests.packaging.test_requirements import read
from tools.reach import BUNDLES, CARRIED, NEVER, PACKAGE, bundles, reach

FUNCTIONS = sorted(NEVER)
NO_CODE = {"py.typed"}
GOOGLE = {
    "api_core": ["google-api-core"],
    "auth": ["google-auth"],
    "cloud.bigquery": ["google-cloud-bigquery"],
    "cloud.pubsub_v1": ["google-cloud-pubsub"],
    "cloud.storage": ["google-cloud-storage"],
    "pubsub_v1": ["google-cloud-pubsub"],
}


def test_every_entry_point_is_a_bundle() -> None:
    entries = (path.stem for path in (PACKAGE / "functions").glob("*.py"))
    assert sorted(set(entries) - {"__init__", "delivery"}) == FUNCTIONS


def test_a_bundle_leaves_out_exactly_what_its_function_cannot_reach() -> None:
    chosen = json.loads(BUNDLES.read_text(encoding="utf-8"))
    outdated = "outdated; run: python -m tools.reach"
    assert chosen == json.loads(bundles()), outdated


def test_lazily_imported_modules_are_imported_on_use() -> None:
    cuts = {
        (module, beginning)
        for never in NEVER.values()
        for module, beginnings in never.items()
        for beginning in beginnings
    }
    assert {met for function in FUNCTIONS for met in reach(function).met} == cuts


def test_no_file_of_the_package_is_of_a_kind_that_no_bundle_carries() -> None:
    carried = {path for pattern in CARRIED for path in PACKAGE.glob(pattern)}
    files = {path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {path.name for path in files - carried} == NO_CODE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_whatever_a_function_imports_is_among_its_requirements(function: str) -> None:
    by_module = packages_distributions()
    names = reach(function).others
    pins = read(f"{function}.txt").keys()
    found = {
        name: {canonicalize_name(dist) for dist in _distributions(name, by_module)}
        for name in names
        if name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert {name: dists for name, dists in found.items() if not dists & pins} == {}


@pytest.mark.parametrize(
    ("function", "without"),
    [
        ("ingest_data", {"scikit-learn", "scipy", "pandas", "duckdb"}),
        ("monitor_model", {"scikit-learn", "scipy", "pandas", "duckdb"}),
        (
            "predictions_endpoint",
            {"scikit-learn", "scipy", "pandas", "duckdb", "pyarrow", "google-cloud-bigquery"},
        ),
        ("train_model", {"duckdb"}),
    ],
)
def test_a_function_carries_nothing_heavy_that_it_does_not_use(
    function: str, without: set[str]
) -> None:
    assert not without & read(f"{function}.txt").keys()


def _distributions(name: str, by_module: Mapping[str, list[str]]) -> list[str]:
    """Return what provides a dotted name; of Google's one namespace, what its folders say."""
    top, *rest = name.split(".")
    if top != "google":
        return by_module.get(top, [])
    return GOOGLE[next(part for part in (".".join(rest[:2]), rest[0]) if part in GOOGLE)]
