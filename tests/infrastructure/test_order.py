"""What waits for what: a first apply in a new project fails where something does not wait."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.infrastructure.workplace import Workplace, copy_to, needs_terraform

pytestmark = needs_terraform
Graph = dict[str, set[str]]

FUNCTION = "module.function.google_cloudfunctions2_function.this"
SUBSCRIPTION = "google_pubsub_subscription.this"
APIS = "time_sleep.apis"
PAUSES = {
    "a build, for its account's grants": (
        FUNCTION, "time_sleep.grants", "google_project_iam_member.build",
    ),
    "a build, for its place in the repository": (
        FUNCTION, "time_sleep.repository", "google_artifact_registry_repository_iam_member.build",
    ),
    "a subscription, for the agent's right to write": (
        SUBSCRIPTION, "time_sleep.grants",
        "module.warehouse.google_bigquery_dataset_iam_member.agent",
    ),
    "a notification, for the agent's right to publish": (
        "module.landing_bucket.google_storage_notification.this", "time_sleep.grants",
        "module.topic.google_pubsub_topic_iam_member.agent",
    ),
    "a push, for its right to call": (
        SUBSCRIPTION, "module.function.google_cloud_run_v2_service_iam_member.invoker", FUNCTION,
    ),
    "a schedule, for its right to call": (
        "google_cloud_scheduler_job.monitor_model",
        "module.function.google_cloud_run_v2_service_iam_member.invoker", FUNCTION,
    ),
    "a function, for its own grants": (
        FUNCTION, "module.function.google_storage_bucket_iam_member.this",
        "module.function.google_service_account.this",
    ),
}  # fmt: skip
"""Of each three, the first needs the second, and the second the third."""


def needs_of(place: Workplace) -> Graph:
    """Return all that each resource needs, directly or by way of others."""
    direct: Graph = defaultdict(set)
    graph = place.must("graph")
    for one, other in re.findall(r'^ *"(\S+)" -> "(\S+)";$', graph, re.MULTILINE):
        direct[one].add(other)
    named = re.findall(r'^ *"(\S+)" \[label', graph, re.MULTILINE)
    return {one: set(_reached(one, direct)) for one in named}


def impatient(needs: Graph) -> set[str]:
    """Return the resources of Google's that do not wait for the APIs."""
    made = {one for one in needs if ".google_" in f".{one}" and "data." not in one}
    return {one for one in made if APIS not in needs[one]} - {"google_project_service.this"}


@pytest.fixture(scope="module")
def needs(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return needs_of(copy_to(tmp_path_factory.mktemp("order")))


def _reached(start: str, direct: Graph) -> Iterator[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for other in direct.get(waiting.pop(), set()) - seen:
            seen.add(other)
            waiting.append(other)
            yield other


def test_every_resource_waits_for_the_apis(needs: Graph) -> None:
    assert impatient(needs) == set()
    assert "google_project_service.this" in needs[APIS]
    assert APIS in needs["module.topic.google_pubsub_topic.this"]


@pytest.mark.parametrize("name", PAUSES)
def test_a_resource_waits_for_what_it_needs(needs: Graph, name: str) -> None:
    first, second, third = PAUSES[name]
    assert second in needs[first]
    assert third in needs[second]
