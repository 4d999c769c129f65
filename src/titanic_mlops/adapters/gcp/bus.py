"""Messages on Pub/Sub topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.cloud.pubsub_v1 import PublisherClient
from google.pubsub_v1 import PublisherClient as OneRequest
from google.pubsub_v1 import PubsubMessage

from titanic_mlops.adapters.gcp.errors import google_errors
from titanic_mlops.adapters.gcp.timing import PATIENCE_SECONDS
from titanic_mlops.adapters.limits import reject_unpublishable

MOST, LARGEST_REQUEST = 1000, 9_000_000  # messages and bytes of one request; Pub/Sub takes 10 MB
OVERHEAD = 200  # bytes of a message beside its data
IS_TRANSIENT = if_exception_type(
    api.Aborted,
    api.DeadlineExceeded,
    api.InternalServerError,
    api.ResourceExhausted,
    api.ServiceUnavailable,
)


class PubSubBus:
    """Publish to the topics of one project; `topics` maps our names to Google's.

    A request takes `patience` seconds at most, its retries included.
    """

    def __init__(
        self,
        client: PublisherClient,
        topics: Mapping[str, str],
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._client = client
        self._topics = topics
        self._patience = patience

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str] = {}) -> str:
        """Return the message's id once Pub/Sub has stored it."""
        return self.publish_all(topic, [data], attributes)[0]

    def publish_all(
        self, topic: str, messages: Sequence[bytes], attributes: Mapping[str, str] = {}
    ) -> list[str]:
        """Return the ids once Pub/Sub has stored all messages, in as few requests as possible."""
        for data in messages:
            reject_unpublishable(topic, data, attributes)
        sent = dict(attributes)
        extra = OVERHEAD + sum(len(name) + len(value) for name, value in sent.items())
        ids: list[str] = []
        with google_errors(f"topic {topic}"):
            for part in _requests(messages, extra):
                # The client's own publish() collects messages in a thread; this sends at once.
                answer = OneRequest.publish(
                    self._client,
                    topic=self._topics.get(topic, topic),
                    messages=[PubsubMessage(data=data, attributes=sent) for data in part],
                    # The client's default is to retry for ten minutes.
                    retry=Retry(predicate=IS_TRANSIENT, initial=0.1, timeout=self._patience),
                    timeout=self._patience,
                )
                ids += answer.message_ids
        return ids


def open_topics(topics: Mapping[str, str], *, patience: float) -> PubSubBus:
    """Return the bus of these topics; nothing is requested yet."""
    return PubSubBus(PublisherClient(), topics, patience=patience)


def _requests(messages: Sequence[bytes], extra: int) -> Iterator[list[bytes]]:
    """Yield the messages in parts, each small enough for one request."""
    part: list[bytes] = []
    size = 0
    for data in messages:
        if part and (len(part) == MOST or size + len(data) + extra > LARGEST_REQUEST):
            yield part
            part, size = [], 0
        part.append(data)
        size += len(data) + extra
    if part:
        yield part
