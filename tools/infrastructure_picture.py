"""What Terraform makes of the configuration, as docs/infrastructure.md shows it."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.infrastructure.workplace import ROOT, Workplace, copy_to
from tools.resource_counts import Counts, count_table, planned_counts

DOCUMENT = ROOT / "docs" / "infrastructure.md"
ROLE_OF = "serviceAccount:"
HEAD = """\
# What `terraform apply` makes

Derived from what Terraform makes of `terraform/` for the problem `titanic`, with the variable
`project_id` alone. Do not edit it; `python -m tools.infrastructure_picture` writes it anew.

"""

MORE = """\
Resources that `terraform plan` counts with the variable `endpoint` as `each` and as `shared`. Each
problem adds the same ones: its dataset and tables, topics and subscriptions, functions with their
accounts and grants, a schedule, alerts and a dashboard. A shared endpoint saves a function, its
account, grants and alerts for each problem but one."""

Resource = dict[str, Any]


def resources(place: Workplace) -> list[Resource]:
    """Return each resource that an apply made, with its values."""
    found = []
    waiting = [json.loads(place.must("show", "-json"))["values"]["root_module"]]
    while waiting:
        module = waiting.pop()
        found += [one for one in module.get("resources", []) if one["mode"] == "managed"]
        waiting += module.get("child_modules", [])
    return sorted(found, key=lambda one: str(one["address"]))


def document(made: list[Resource], counts: Counts) -> str:
    """Return the document on what one apply made, and what plans for more problems count."""
    parts = ["## How data flows", "", "```mermaid", *_flow(made), "```", ""]
    parts += ["## Functions", "", *_functions(made), "", "## Tables", "", *_tables(made), ""]
    parts += ["## Who may do what", "", *_grants(made), ""]
    parts += [f"## All {len(made)} resources", "", *_counts(made), ""]
    all_counts = {(1, "each"): Counter(one["type"] for one in made), **counts}
    parts += ["## For more problems", "", MORE, "", *count_table(all_counts), ""]
    return HEAD + "\n".join(parts)


def of(made: list[Resource], kind: str) -> list[Resource]:
    """Return the values of the resources of one type."""
    return [one["values"] for one in made if one["type"] == kind]


def _flow(made: list[Resource]) -> list[str]:
    """Return the diagram; what a file comes to first stands first, and so above."""
    order = ("landing-zone", "landing([", "ingest-data", "train-model", "predictions", "dead")
    lines = sorted(_lines(made), key=lambda line: [name not in line for name in order])
    return ["flowchart TD", *sorted(lines, key=lambda line: "monitor-model" in line)]


def _lines(made: list[Resource]) -> Iterator[str]:
    functions = of(made, "google_cloudfunctions2_function")
    services = {one["name"]: one["service_config"][0] for one in functions}
    at = {service["uri"]: name for name, service in services.items()}
    accounts = {service["service_account_email"]: name for name, service in services.items()}
    by = {ROLE_OF + account: name for account, name in accounts.items()}
    for one in of(made, "google_storage_notification"):
        yield f"  {_bucket(one['bucket'])} -- new object --> {_topic(one['topic'])}"
    for one in of(made, "google_pubsub_subscription"):
        yield from _delivery(one, at)
    for one in of(made, "google_pubsub_topic_iam_member"):
        if name := by.get(one["member"]):
            yield f"  {name} {_line(name)} {_topic(one['topic'])}"
    for one in of(made, "google_storage_bucket_iam_member"):
        if (name := by.get(one["member"])) and one["condition"]:
            yield _storage_line(one, name)
    for one in of(made, "google_cloud_scheduler_job"):
        yield f'  clock(("{one["schedule"]}")) --> {one["name"]}'
    for one in of(made, "google_bigquery_dataset_iam_member"):
        if name := by.get(one["member"]):
            dataset = f"dataset[(BigQuery {one['dataset_id']})]"
            reads = one["role"] == "roles/bigquery.dataViewer"
            yield f"  {dataset} -- rows --> {name}" if reads else f"  {name} -- rows --> {dataset}"


def _storage_line(grant: Resource, name: str) -> str:
    folders = ", ".join(folder.partition("/")[0] for folder in _folders(grant))
    bucket = _bucket(grant["bucket"])
    if grant["role"] == "roles/storage.objectViewer":
        return f"  {bucket} -- {folders} --> {name}"
    return f"  {name} -- {folders} --> {bucket}"


def _delivery(subscription: Resource, at: dict[str, str]) -> Iterator[str]:
    topic = _topic(subscription["topic"])
    for push in subscription["push_config"]:
        yield f"  {topic} -- pushed --> {at[push['oidc_token'][0]['audience']]}"
    for stored in subscription["bigquery_config"]:
        table = stored["table"].rpartition(".")[2]
        yield f"  {topic} -- stored --> table_{table}[({table})]"
    for policy in subscription["dead_letter_policy"]:
        words = f"after {policy['max_delivery_attempts']} deliveries"
        yield f"  {topic} -. {words} .-> {_topic(policy['dead_letter_topic'])}"


def _line(name: str) -> str:
    """Return a broken line for what happens after a crash only."""
    return "-. again .->" if name.endswith("monitor-model") else "-->"


def _topic(path: str) -> str:
    return f"topic_{_last(path)}([{_last(path)}])"


def _bucket(name: str) -> str:
    return f"{name}[({name.removeprefix('my-project-')})]"


def _folders(grant: Resource) -> list[str]:
    said = " ".join(condition["expression"] for condition in grant["condition"])
    return re.findall(r"/objects/([^\"]+)\"", said)


def _functions(made: list[Resource]) -> Iterator[str]:
    yield "| function | memory | instances, at most | requests at once | seconds | reached from |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in of(made, "google_cloudfunctions2_function"):
        service = one["service_config"][0]
        internal = service["ingress_settings"] == "ALLOW_INTERNAL_ONLY"
        yield _row(
            f"`{one['name']}`",
            service["available_memory"],
            service["max_instance_count"],
            service["max_instance_request_concurrency"],
            service["timeout_seconds"],
            "the project" if internal else "anywhere, by those who may",
        )


def _tables(made: list[Resource]) -> Iterator[str]:
    yield "| table | columns | a partition a day of | rows expire | kept from being destroyed |"
    yield "| --- | --- | --- | --- | --- |"
    for one in of(made, "google_bigquery_table"):
        parted = one["time_partitioning"][0] if one["time_partitioning"] else {}
        expires = int(parted.get("expiration_ms") or 0) // (24 * 60 * 60 * 1000)
        yield _row(
            f"`{one['dataset_id']}.{one['table_id']}`" + (", a view" if one["view"] else ""),
            "" if one["view"] else len(json.loads(one["schema"])),
            parted.get("field", ""),
            f"after {expires} days" if expires else "",
            "yes" if one["deletion_protection"] else "no",
        )


def _grants(made: list[Resource]) -> Iterator[str]:
    yield "| who | role | on |"
    yield "| --- | --- | --- |"
    rows = set()
    for one in made:
        if not one["type"].endswith("_iam_member"):
            continue
        values = one["values"]
        who = re.sub(r"service-\d+@gcp-sa-pubsub.*", "Pub/Sub's agent", _who(values["member"]))
        who = re.sub(r"service-\d+@gs-project-accounts.*", "Cloud Storage's agent", who)
        rows.add((who, values["role"].removeprefix("roles/"), _on(values)))
    for row in sorted(rows):
        yield _row(*row)


def _who(member: str) -> str:
    return member.removeprefix(ROLE_OF).removesuffix("@my-project.iam.gserviceaccount.com")


def _on(values: Resource) -> str:
    kinds = {
        "repository": "repository",
        "subscription": "subscription",
        "topic": "topic",
        "bucket": "bucket",
        "table_id": "table",
        "dataset_id": "dataset",
        "name": "service",
        "project": "project",
    }
    kind = next(kind for kind in kinds if values.get(kind))
    where = f"{kinds[kind]} `{_last(values[kind])}`"
    if not values.get("condition"):
        return where
    return f"{where}, below {', '.join(f'`{folder}`' for folder in _folders(values))}"


def _counts(made: list[Resource]) -> Iterator[str]:
    yield "| type | how many |"
    yield "| --- | --- |"
    for kind, count in sorted(Counter(one["type"] for one in made).items()):
        yield _row(f"`{kind}`", count)


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def main() -> None:
    """Write the document; stand-ins of the providers must be there."""
    with tempfile.TemporaryDirectory() as folder:
        place = copy_to(Path(folder) / "project", few_files=True)
        place.must("apply", "-auto-approve", "-input=false", "-var", "project_id=my-project")
        text = document(resources(place), planned_counts(place))
        DOCUMENT.write_text(text, encoding="utf-8")
    sys.stdout.write(f"written: {DOCUMENT.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
