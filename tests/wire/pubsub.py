"""A Pub/Sub that speaks gRPC to publishers and pushes to subscribers, on the loopback.

Topics keep what was published; a push subscription delivers it over HTTP as Google does,
again after any answer but 2xx, and as a dead letter after five deliveries. Delivery is at
least once on purpose: `doubling` delivers everything twice.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import grpc
from google.pubsub_v1.types import PublishRequest, PublishResponse, PubsubMessage

DELIVERIES = 5
LARGEST = 10_000_000


@dataclass
class Topic:
    """What was published, oldest first; addresses to push to, and tables to write."""

    messages: list[PubsubMessage] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)
    tables: list[Callable[[PubsubMessage], None]] = field(default_factory=list)
    dead_letters: str = ""


class PubSubServer:
    """Topics by their full name; `faults` are raised, one for each call, before it is served."""

    def __init__(self, *, retry_seconds: float = 0.1, doubling: bool = False) -> None:
        self.topics: dict[str, Topic] = defaultdict(Topic)
        self.faults: list[grpc.StatusCode] = []
        self.requests = 0
        self.down = False
        self._retry_seconds = retry_seconds
        self._doubling = doubling
        self._mutex = threading.Lock()
        self._count = 0
        self._pushing = futures.ThreadPoolExecutor(8)
        self._under_way = 0

    def publish(self, request: PublishRequest, context: grpc.ServicerContext) -> PublishResponse:
        with self._mutex:
            self.requests += 1
            fault = self.faults.pop(0) if self.faults else None
            fault = grpc.StatusCode.PERMISSION_DENIED if self.down else fault
        if fault:
            context.abort(fault, "a fault was asked for")
        if any(len(message.data) > LARGEST for message in request.messages):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a message is larger than 10 MB")
        return PublishResponse(message_ids=[self.keep(request.topic, m) for m in request.messages])

    def quiet(self) -> bool:
        """Return whether no delivery is running or pending."""
        with self._mutex:
            return self._under_way == 0

    def keep(self, name: str, message: PubsubMessage) -> str:
        """Keep a message and deliver it; return its id."""
        with self._mutex:
            self._count += 1
            message.message_id = str(self._count)
            message.publish_time = datetime.now(UTC)
            topic = self.topics[name]
            topic.messages.append(message)
            times = 2 if self._doubling else 1
            for endpoint in topic.endpoints * times:
                self._under_way += 1
                self._pushing.submit(self._deliver, name, endpoint, message)
        for write in topic.tables * times:
            write(message)
        return str(message.message_id)

    def _deliver(self, name: str, endpoint: str, message: PubsubMessage) -> None:
        try:
            for attempt in range(DELIVERIES):
                if _pushed(f"{endpoint}/{name}", message):
                    return
                time.sleep(self._retry_seconds * (attempt + 1))
            if dead := self.topics[name].dead_letters:
                attributes = {
                    **message.attributes,
                    "CloudPubSubDeadLetterSourceSubscription": name.rpartition("/")[2],
                    "CloudPubSubDeadLetterSourceDeliveryCount": str(DELIVERIES),
                }
                self.keep(dead, PubsubMessage(data=message.data, attributes=attributes))
        finally:
            with self._mutex:
                self._under_way -= 1

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve until the end of the block; yield host and port."""
        handler = grpc.unary_unary_rpc_method_handler(
            self.publish, PublishRequest.deserialize, PublishResponse.serialize
        )
        service = grpc.method_handlers_generic_handler(
            "google.pubsub.v1.Publisher", {"Publish": handler}
        )
        limits = [("grpc.max_receive_message_length", -1)]
        server = grpc.server(futures.ThreadPoolExecutor(8), options=limits)
        server.add_generic_rpc_handlers((service,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(grace=None).wait()
            self._pushing.shutdown(cancel_futures=True)


def _pushed(address: str, message: PubsubMessage) -> bool:
    body = {
        "message": {
            "data": b64encode(message.data).decode(),
            "attributes": dict(message.attributes),
            "messageId": message.message_id,
            "publishTime": message.publish_time.isoformat(),
        },
        "subscription": "projects/wire/subscriptions/push",
    }
    request = urllib.request.Request(  # noqa: S310 the loopback
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 as above
            return bool(answer.status < 300)
    except (urllib.error.URLError, OSError):
        return False
