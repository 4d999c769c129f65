"""A deployed entry point, called as Google calls it: over functions-framework's own app."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from titanic_mlops.adapters.local.messages import Delivery
from titanic_mlops.errors import Unavailable

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

PROJECT = "local"


class EntryPoint:
    """The function `name` of the file `source`, behind functions-framework, in this process."""

    def __init__(self, name: str, source: Path) -> None:
        self._name = name
        self._source = source

    @cached_property
    def _client(self) -> FlaskClient:
        import functions_framework  # noqa: PLC0415 loads Flask; only who delivers events needs it

        app: Flask = functions_framework.create_app(self._name, str(self._source))  # type: ignore[no-untyped-call] # it has no types
        return app.test_client()

    def push(self, delivery: Delivery) -> None:
        """Deliver a message as a Pub/Sub push subscription does.

        Raises:
            Unavailable: the function did not acknowledge it.
        """
        message = {
            "data": b64encode(delivery.data).decode(),
            "attributes": dict(delivery.attributes),
            "messageId": delivery.id,
            "publishTime": delivery.publish_time.isoformat(),
        }
        body = {
            "message": message,
            "subscription": f"projects/{PROJECT}/subscriptions/{self._name}",
        }
        self._post(f"/projects/{PROJECT}/topics/{delivery.topic}", {}, body)

    def finalized(self, delivery: Delivery) -> None:
        """Deliver a notification of a finished object as the CloudEvent of Cloud Storage.

        Raises:
            Unavailable: the function did not acknowledge it.
        """
        said = delivery.attributes
        bucket, name = said.get("bucketId", ""), said.get("objectId", "")
        headers = {
            "ce-specversion": "1.0",
            "ce-id": delivery.id,
            "ce-type": "google.cloud.storage.object.v1.finalized",
            "ce-source": f"//storage.googleapis.com/projects/_/buckets/{bucket}",
            "ce-subject": f"objects/{quote(name)}",
            "ce-time": delivery.publish_time.isoformat(),
        }
        body = {"bucket": bucket, "name": name, "generation": said.get("objectGeneration", "")}
        self._post("/", headers, body)

    def _post(self, path: str, headers: dict[str, str], body: object) -> None:
        answer = self._client.post(
            path, headers=headers, data=json.dumps(body), content_type="application/json"
        )
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            raise Unavailable(answer.get_data(as_text=True).strip() or answer.status)
