"""The ports on Google Cloud: Cloud Storage, BigQuery, Pub/Sub."""

from __future__ import annotations

from titanic_mlops.adapters.gcp.bus import open_topics
from titanic_mlops.adapters.gcp.object_store import open_bucket
from titanic_mlops.adapters.gcp.timing import REQUEST_SECONDS
from titanic_mlops.adapters.gcp.warehouse import open_dataset
from titanic_mlops.adapters.machine import SystemClock, code_version
from titanic_mlops.platforms.timing import PUBLISH_SECONDS
from titanic_mlops.ports import ObjectStore, Ports
from titanic_mlops.settings import Cloud

LARGEST_FILE = 500_000_000
"""Bytes: the disk of `ingest_data` is its memory, 2 GiB, and holds a file and its rows."""

LANDED_DAYS = 365
"""Days after which the landing bucket deletes an object: `delete_after_days` of Terraform."""


def open_cloud_ports(cloud: Cloud) -> Ports:
    """Return all ports of one problem; clients are created, nothing is requested."""

    def bucket(name: str, patience: float = PUBLISH_SECONDS) -> ObjectStore:
        return open_bucket(cloud.project, name, patience=patience)

    leases = bucket(cloud.model_bucket, REQUEST_SECONDS)
    emulated = cloud.bigquery_emulated
    return Ports(
        landing=bucket(cloud.landing_bucket),
        landing_bucket=cloud.landing_bucket,
        storage=bucket(cloud.model_bucket),
        warehouse=open_dataset(cloud.project, cloud.dataset, leases, emulated=emulated),
        bus=open_topics(cloud.topics, patience=PUBLISH_SECONDS),
        clock=SystemClock(),
        code_version=code_version,
        largest_file=LARGEST_FILE,
        landed_days=LANDED_DAYS,
    )
