"""A deployed entry point, called as Google calls it: through functions-framework's own app."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cached_property
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import quote

import functions_framework
from flask import Flask
from flask.testing import FlaskClient

from titanic_mlops.errors import Busy, Unavailable
from titanic_mlops.messages import FINALIZED, Message

PROJECT = "local"


class EntryPoint:
    """The function `name` in the file `source`, run by functions-framework in this process.

    The file is loaded by the first message.
    """

    def __init__(self, name: str, source: Path) -> None:
        self._name = name
        self._source = source

    @classmethod
    def deployed(cls, name: str) -> Self:
        """Return the entry point that is deployed under this name."""
        found = find_spec(f"titanic_mlops.functions.{name}")  # found, not imported
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"titanic_mlops.functions has no module {name}")
        return cls(name, Path(found.origin))

    @cached_property
    def _client(self) -> FlaskClient:
        app: Flask = functions_framework.create_app(self._name, str(self._source))  # type: ignore[no-untyped-call] # it has no types
        return app.test_client()

    def push(self, message: Message) -> None:
        """Deliver a message as a push subscription of Pub/Sub does.

        Raises:
            Busy: another process holds a file that the function needs.
            Unavailable: the function did not acknowledge it.
        """
        body = {
            "message": {
                "data": b64encode(message.data).decode(),
                "attributes": dict(message.attributes),
                "messageId": message.id,
                "publishTime": message.publish_time.isoformat(),
            },
            "subscription": f"projects/{PROJECT}/subscriptions/{self._name}",
        }
        self._post(f"/projects/{PROJECT}/topics/{message.topic}", {}, body)

    def finalized(self, message: Message) -> None:
        """Deliver the notification of a finalized object as the CloudEvent of Cloud Storage.

        Raises:
            Unavailable: the function did not acknowledge it.
        """
        sent = message.attributes
        bucket, name = sent.get("bucketId", ""), sent.get("objectId", "")
        headers = {
            "ce-specversion": "1.0",
            "ce-id": message.id,
            "ce-type": FINALIZED,
            "ce-source": f"//storage.googleapis.com/projects/_/buckets/{bucket}",
            "ce-subject": f"objects/{quote(name)}",
            "ce-time": message.publish_time.isoformat(),
        }
        body = {"bucket": bucket, "name": name, "generation": sent.get("objectGeneration", "")}
        self._post("/", headers, body)

    def _post(self, path: str, headers: dict[str, str], body: object) -> None:
        answer = self._client.post(
            path, headers=headers, data=json.dumps(body), content_type="application/json"
        )
        if answer.status_code >= HTTPStatus.BAD_REQUEST:
            kind = Busy if "Retry-After" in answer.headers else Unavailable
            raise kind(answer.get_data(as_text=True).strip() or answer.status)
