"""Mistakes in the configuration that its own tests must see before anything is applied."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infrastructure.test_order import PAUSES, impatient, needs_of
from tests.infrastructure.workplace import Workplace, copy_to, needs_terraform

pytestmark = [needs_terraform, pytest.mark.soak]

FUNCTION, BUCKET, TABLES = (
    f"terraform/modules/{name}/main.tf" for name in ("function", "bucket", "warehouse")
)
LOCALS, MESSAGING = "terraform/locals.tf", "terraform/messaging.tf"


@dataclass(frozen=True)
class Fault:
    """A text of a file and what a mistake makes of it; the tests of `seen_by` must fail."""

    file: str
    right: str
    wrong: str
    seen_by: str


FAULTS = {
    "ingestion may not announce": Fault(
        LOCALS, 'publishes    = ["ingestion_complete"]', "publishes    = []", "grants"
    ),
    "training may write everywhere in the bucket": Fault(
        LOCALS, 'writes       = ["leases", "ledger", "models", "snapshots"]',
        'writes       = ["leases", "ledger", "models", "snapshots", "spool"]', "grants",
    ),
    "serving may write models": Fault(
        LOCALS, 'reads        = ["models"]\n      writes       = ["spool"]',
        'reads        = ["models"]\n      writes       = ["spool", "models"]', "grants"
    ),
    "monitoring edits rows": Fault(
        LOCALS, 'dataset_role = "roles/bigquery.dataViewer"',
        'dataset_role = "roles/bigquery.dataOwner"', "grants",
    ),
    "a condition of a grant is lost": Fault(
        FUNCTION, "for_each = length(each.value.prefixes) > 0 ? [each.value.prefixes] : []",
        "for_each = []", "grants",
    ),
    "events are called by the scheduler's account": Fault(
        "terraform/functions.tf",
        "train_model          = { for problem in keys(var.problems) : problem => "
        "{ push = google_service_account.push[problem].member } }",
        "train_model          = { for problem in keys(var.problems) : problem => "
        "{ push = google_service_account.scheduler[problem].member } }",
        "grants",
    ),
    "the job calls as an account without the grant": Fault(
        "terraform/scheduling.tf",
        "service_account_email = google_service_account.scheduler[each.key].email",
        "service_account_email = google_service_account.push[each.key].email", "grants",
    ),
    "the build account may do anything": Fault(
        "terraform/functions.tf", '"roles/storage.objectViewer"])', '"roles/editor"])', "grants"
    ),
    "the endpoint is public although access is private": Fault(
        "terraform/functions.tf", 'local.public ? ["allUsers"] : var.invokers', '["allUsers"]',
        "access",
    ),
    "the sweep is public": Fault(
        "terraform/functions.tf",
        "{ scheduler = google_service_account.scheduler[problem].member }",
        '{ scheduler = "allUsers" }', "access",
    ),
    "a function runs as another account": Fault(
        FUNCTION, "service_account_email            = google_service_account.this.email",
        "service_account_email            = var.build_account", "functions",
    ),
    "dead letters are published nowhere": Fault(
        LOCALS, 'agents = ["pubsub"]', "agents = []", "messaging"
    ),
    "a bucket announces nothing": Fault(
        LOCALS, 'agents = ["storage"]', "agents = []", "messaging"
    ),
    "the job shows its token to another service": Fault(
        "terraform/scheduling.tf",
        'audience              = module.function["${each.key}/monitor_model"].uri',
        'audience              = module.function["${each.key}/train_model"].uri', "grants",
    ),
    "errors raise no alert": Fault(
        "terraform/monitoring.tf", "severity>=ERROR", "severity>=CRITICAL", "monitoring"
    ),
    "nothing waits for an API": Fault(
        "terraform/services.tf", 'create_duration = "60s"', 'create_duration = "0s"', "messaging"
    ),
    "strangers' requests are not capped": Fault(
        LOCALS, "instances = local.public ? 2 : 4", "instances = 400", "access"
    ),
    "objects may be made public": Fault(
        BUCKET, 'public_access_prevention    = "enforced"',
        'public_access_prevention    = "inherited"', "storage",
    ),
    "models are not versioned": Fault(
        BUCKET, "enabled = var.versioned", "enabled = false", "storage"
    ),
    "another problem's files are announced": Fault(
        BUCKET, "object_name_prefix = each.value.object_name_prefix", "", "storage"
    ),
    "messages are redelivered without end": Fault(
        MESSAGING, 'for_each = each.value.dead_lettered ? ["dead_letters_topic"] : []',
        "for_each = []", "messaging",
    ),
    "the agent cannot acknowledge a dead letter": Fault(
        MESSAGING, 'role         = "roles/pubsub.subscriber"',
        'role         = "roles/pubsub.viewer"', "messaging",
    ),
    "a failed message is redelivered at once": Fault(
        MESSAGING, 'minimum_backoff = "30s"', 'minimum_backoff = "0s"', "messaging"
    ),
    "the push path names no topic": Fault(
        MESSAGING, ".uri}/projects/${var.project_id}/topics/${each.value.name}", ".uri}",
        "messaging",
    ),
    "a subscription unused for a month expires": Fault(
        MESSAGING, 'ttl = "" # never', 'ttl = "2678400s"', "messaging"
    ),
    "records are stored as one text": Fault(
        MESSAGING, "use_table_schema    = each.value.dead_lettered", "use_table_schema    = false",
        "messaging",
    ),
    "a subscription is not named as its topic": Fault(
        MESSAGING, "name                       = each.value.name",
        'name                       = "${each.value.name}-push"', "names",
    ),
    "a bundle's name does not follow from its content": Fault(
        FUNCTION, '"${var.name}-${substr(data.archive_file.this.output_sha256, 0, 16)}.zip"',
        '"${var.name}.zip"', "functions",
    ),
    "functions that take events can be called from outside": Fault(
        LOCALS, 'ingress      = "ALLOW_INTERNAL_ONLY"', 'ingress      = "ALLOW_ALL"', "functions",
    ),
    "two trainings run at once": Fault(
        LOCALS, "train_model          = { concurrency = 1, instances = 1",
        "train_model          = { concurrency = 1, instances = 2", "functions",
    ),
    "a bundle holds other entry points": Fault(
        "terraform/functions.tf", "startswith(file, left_out)]", "false]", "functions"
    ),
    "a table can be destroyed by mistake": Fault(
        TABLES, "deletion_protection = var.protect", "deletion_protection = false", "warehouse"
    ),
    "a table has no partitions": Fault(
        TABLES, "field         = each.value.partition", 'field         = "nothing"', "warehouse"
    ),
    "events are pushed with the scheduler's account": Fault(
        MESSAGING, "google_service_account.push[each.value.problem].email",
        "google_service_account.scheduler[each.value.problem].email", "messaging",
    ),
    "a push shows its token to another service": Fault(
        MESSAGING,
        'audience              = module.function["${each.value.problem}/${push_config.value}"].uri',
        'audience              = module.function["${each.value.problem}/monitor_model"].uri',
        "messaging",
    ),
    "an event is pushed to another function": Fault(
        LOCALS, 'pushes_to = "train_model"', 'pushes_to = "ingest_data"', "messaging"
    ),
    "a message that waits becomes a dead letter": Fault(
        LOCALS, "deliveries = 100", "deliveries = 5", "messaging"
    ),
    "the build account is named by its address": Fault(
        "terraform/services.tf", "google_service_account.build.id",
        "google_service_account.build.email", "functions",
    ),
    "rows are in another place than files": Fault(
        "terraform/warehouse.tf", "location   = var.region", 'location   = "EU"', "storage"
    ),
    "models are deleted at an age": Fault(
        "terraform/storage.tf", "versioned     = true",
        "versioned     = true\n  delete_after_days = 365", "storage",
    ),
    "replaced models are deleted after a day": Fault(
        "terraform/storage.tf", '"leases/", ', '"leases/", "models/", ', "storage"
    ),
    "the alert of dead letters reads another metric": Fault(
        "terraform/monitoring.tf", "subscription/dead_letter_message_count",
        "subscription/num_undelivered_messages", "monitoring",
    ),
    "held files raise no alert": Fault(
        "terraform/monitoring.tf", '"file_held" OR ', "", "monitoring"
    ),
    "a decision that a person must make raises no alert": Fault(
        "terraform/monitoring.tf", 'jsonPayload.event="model_undecided"',
        'jsonPayload.event="model_promoted"', "monitoring",
    ),
    "a year passes without a promotion": Fault(
        "terraform/monitoring.tf", ">=${each.value.promotion_days}", ">=365", "monitoring"
    ),
    "ingestion does not see the champion": Fault(
        LOCALS, '["erasures", "models", "snapshots"] #', "[] #", "grants"
    ),
    "no policy deletes old images": Fault(
        "terraform/functions.tf", 'action = "DELETE"', 'action = "KEEP"', "functions"
    ),
    "images go to Google's repository": Fault(
        FUNCTION, "docker_repository = var.repository", "", "functions"
    ),
    "an eleventh problem is let through": Fault(
        "terraform/variables.tf", "length(var.problems) <= 10", "length(var.problems) <= 100",
        "variables",
    ),
    "an alert has no notification channel": Fault(
        "terraform/monitoring.tf", "notification_channels = local.channels", "", "monitoring"
    ),
    "a wrong prefix is let through": Fault(
        "terraform/variables.tf", '"^[a-z][a-z0-9-]{1,30}[a-z0-9]$"', '"."', "variables"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return copy_to(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_is_seen(right: Workplace, tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    shutil.copytree(right.project, tmp_path / "project", symlinks=True)
    place = Workplace(tmp_path / "project")
    place.edit(fault.file, fault.right, fault.wrong)
    said = place.terraform("test", f"-filter=tests/{fault.seen_by}.tftest.hcl")
    assert said.returncode != 0, f"tests/{fault.seen_by}.tftest.hcl passes although {name}"
    assert "Argument or block definition required" not in said.stderr, "it is no HCL any more"


IMPATIENT = {
    "topics do not wait for the APIs": (
        "terraform/messaging.tf",
        "agent => local.agents[agent] }\n\n  depends_on = [time_sleep.apis]\n",
        "agent => local.agents[agent] }\n",
        {"module.topic.google_pubsub_topic.this"},
    ),
    "no build waits for its account's grants": (
        "terraform/services.tf",
        "  depends_on = [google_project_iam_member.build]\n",
        "",
        {"a build, for its account's grants"},
    ),
    "no build waits for its place in the repository": (
        "terraform/services.tf",
        "  depends_on      = [google_artifact_registry_repository_iam_member.build]\n",
        "",
        {"a build, for its place in the repository"},
    ),
    "a function runs before its grants": (
        FUNCTION,
        "    google_storage_bucket_iam_member.this,\n",
        "",
        {"a function, for its own grants"},
    ),
}


@pytest.mark.parametrize("name", IMPATIENT)
def test_what_does_not_wait_is_seen(right: Workplace, tmp_path: Path, name: str) -> None:
    file, patient, hasty, seen = IMPATIENT[name]
    shutil.copytree(right.project, tmp_path / "project", symlinks=True)
    place = Workplace(tmp_path / "project")
    place.edit(file, patient, hasty)
    needs = needs_of(place)
    unpaused = {
        pause for pause, (a, b, c) in PAUSES.items() if not (b in needs[a] and c in needs[b])
    }
    assert impatient(needs) | unpaused == seen
