"""What plans make of one problem and of four, and the document that shows it."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from tests.infrastructure.workplace import Workplace, needs_stand_ins, needs_terraform
from tools.infrastructure_picture import DOCUMENT, document, resources
from tools.resource_counts import Counts, planned_counts

pytestmark = [needs_terraform, needs_stand_ins]


@pytest.fixture(scope="module")
def counts(applied_quickly: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """Return the counts of the plans, made in a copy of what was applied."""
    project = tmp_path_factory.mktemp("counted") / "project"
    shutil.copytree(applied_quickly.project, project, symlinks=True)
    return planned_counts(Workplace(project))


def test_each_problem_adds_the_same_resources(applied_quickly: Workplace, counts: Counts) -> None:
    one = Counter(made["type"] for made in resources(applied_quickly))
    added = {kind: count - one[kind] for kind, count in counts[4, "each"].items()}
    assert all(count % 3 == 0 for count in added.values())
    ten = {kind: count - one[kind] for kind, count in counts[10, "each"].items()}
    assert ten == {kind: 3 * count for kind, count in added.items()}
    assert added["google_cloudfunctions2_function"] == 3 * 4
    assert added["google_storage_bucket"] == 0


def test_a_shared_endpoint_is_one_function_of_one_account(counts: Counts) -> None:
    each, shared = counts[4, "each"], counts[4, "shared"]
    saved = {kind: each[kind] - shared[kind] for kind in each}
    assert saved["google_cloudfunctions2_function"] == 3
    assert saved["google_service_account"] == 3
    assert saved["google_bigquery_dataset"] == 0
    assert saved["google_pubsub_topic_iam_member"] == 0, "it publishes to the topic of each"


def test_the_document_shows_what_is_made(applied_quickly: Workplace, counts: Counts) -> None:
    outdated = "outdated; run: python -m tools.infrastructure_picture"
    assert DOCUMENT.read_text(encoding="utf-8") == document(resources(applied_quickly), counts), (
        outdated
    )
