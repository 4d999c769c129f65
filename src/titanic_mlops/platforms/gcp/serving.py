"""The ports that answer predictions on Google Cloud; BigQuery is not among them."""

from __future__ import annotations

from titanic_mlops.adapters.gcp.bus import open_topics
from titanic_mlops.adapters.gcp.object_store import open_bucket
from titanic_mlops.adapters.machine import SystemClock, code_version
from titanic_mlops.platforms.timing import STORAGE_SECONDS
from titanic_mlops.ports import ServingPorts
from titanic_mlops.settings import Cloud


def open_serving_ports(cloud: Cloud, *, patience: float) -> ServingPorts:
    """Return the ports; clients are created, nothing is requested.

    `patience` bounds the seconds of one request, retries included.
    """
    storage_patience = max(patience, STORAGE_SECONDS)
    return ServingPorts(
        storage=open_bucket(cloud.project, cloud.model_bucket, patience=storage_patience),
        bus=open_topics(cloud.topics, patience=patience),
        clock=SystemClock(),
        code_version=code_version,
    )
