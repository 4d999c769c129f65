"""All of Google Cloud that the project uses, on the loopback, wired as Terraform wires it.

landing bucket --notification--> topic landing --push--> ingest_data
topic ingestion_complete --push--> train_model
topic predictions --BigQuery subscription--> predictions_data
dead-letter topics --BigQuery subscription--> dead_letters
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import functions_framework
import pyarrow as pa
from google.pubsub_v1.types import PubsubMessage

from tests.wire.bigquery import BigQueryServer
from tests.wire.pubsub import PubSubServer
from tests.wire.serving import serving
from tests.wire.storage import Bucket, StorageServer
from titanic_mlops import functions
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.functions import delivery
from titanic_mlops.ledger import Entry
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.platform import DEAD_LETTERS
from titanic_mlops.tables.problem import predictions_data, tables_of

LANDING, MODELS = "wire-landing", "wire-models"
PROJECT = "wire"
SOURCES = Path(functions.__path__[0])


@dataclass
class WirePlatform:
    """The three services, and the environment that leads to them."""

    storage: StorageServer
    warehouse: BigQueryServer
    pubsub: PubSubServer
    environment: dict[str, str]


def topic(name: str) -> str:
    return f"projects/{PROJECT}/topics/{name}"


@contextmanager
def wire_services(
    problem: Problem, folder: Path, *, doubling: bool = False, prefix: str = ""
) -> Iterator[WirePlatform]:
    """Serve the three services; nothing listens on the topics yet but the tables.

    The names of the topics begin with `prefix`.
    """
    pubsub = PubSubServer(doubling=doubling)

    def notify(bucket: str, name: str, generation: int) -> None:
        if bucket == LANDING:
            said = ObjectFinalized(bucket, name, generation).to_attributes()
            pubsub.keep(topic(f"{prefix}landing"), PubsubMessage(data=b"{}", attributes=said))

    storage = StorageServer(finalized=notify)
    storage.buckets |= {LANDING: Bucket(), MODELS: Bucket()}
    warehouse = BigQueryServer(folder / "bigquery", storage.data_of)
    warehouse.provide(tables_of(problem))
    pubsub.topics[topic(f"{prefix}predictions")].tables.append(
        lambda message: warehouse.append("predictions_data", prediction_row(problem, message))
    )
    dead_letters = topic(f"{prefix}dead_letters")
    for name in ("landing", "ingestion_complete"):
        pubsub.topics[topic(f"{prefix}{name}")].dead_letters = dead_letters
    pubsub.topics[dead_letters].tables.append(
        lambda message: warehouse.append("dead_letters", dead_letter_row(message))
    )
    with ExitStack() as stack:
        yield WirePlatform(
            storage,
            warehouse,
            pubsub,
            {
                "STORAGE_EMULATOR_HOST": stack.enter_context(serving(storage.app)),
                "BIGQUERY_EMULATOR_HOST": stack.enter_context(serving(warehouse.app)),
                "PUBSUB_EMULATOR_HOST": stack.enter_context(pubsub.serving()),
                "GOOGLE_CLOUD_PROJECT": PROJECT,
                "PROBLEM": problem.name,
                "LANDING_BUCKET": LANDING,
                "MODEL_BUCKET": MODELS,
                "DATASET": problem.name,
                "TOPIC_LANDING": f"{prefix}landing",
                "TOPIC_INGESTION_COMPLETE": f"{prefix}ingestion_complete",
                "TOPIC_PREDICTIONS": f"{prefix}predictions",
            },
        )


@contextmanager
def deployed(*names: str) -> Iterator[dict[str, str]]:
    """Serve entry points through functions-framework in this process; yield their addresses.

    The environment must be the platform's by now: they read it at their first event.
    """
    delivery.world.cache_clear()
    with ExitStack() as stack:
        addresses = {}
        for name in names:
            app = functions_framework.create_app(name, str(SOURCES / f"{name}.py"))  # type: ignore[no-untyped-call] # no types
            addresses[name] = stack.enter_context(serving(app))
        yield addresses
    delivery.world.cache_clear()


def finalized(entry: Entry) -> ObjectFinalized:
    """Return the event of a landed file."""
    return ObjectFinalized(entry.bucket, entry.file, entry.generation)


def dead_letter_row(message: PubsubMessage) -> pa.Table:
    """Return the row that a subscription with `write_metadata` writes."""
    row = {
        "subscription_name": f"projects/{PROJECT}/subscriptions/dead_letters",
        "message_id": message.message_id,
        "publish_time": message.publish_time,
        "data": message.data,
        "attributes": json.dumps(dict(message.attributes)),
    }
    return pa.Table.from_pylist([row], arrow_schema(DEAD_LETTERS))


def prediction_row(problem: Problem, message: PubsubMessage) -> pa.Table:
    """Return the row that a subscription with `use_table_schema` writes."""
    row = json.loads(message.data)
    row["requested_at"] = datetime.fromisoformat(row["requested_at"])
    return pa.Table.from_pylist([row], arrow_schema(predictions_data(problem)))
