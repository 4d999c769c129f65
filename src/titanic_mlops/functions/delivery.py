"""What every event function does with an event: take it, or say why not."""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from cloudevents.http import CloudEvent
from flask import Response, abort, request

from titanic_mlops.errors import TitanicMlopsError, worth_redelivery
from titanic_mlops.events import Message
from titanic_mlops.logs import TRACE, log_for_cloud, trace_of
from titanic_mlops.pipeline.dead_letters import DeadLetter, bury, describe
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

__all__ = ["CloudEvent", "answering", "deliver", "world"]

log = logging.getLogger("titanic_mlops.functions")

Step = Callable[[Message, Problem, Ports], None]


def deliver(event: CloudEvent, topic: str, step: Step) -> None:
    """Run a step on the message that an event on `topic` carries.

    Returning acknowledges the event, and so ends it. What can never succeed is kept as a
    dead letter first; what may pass later is answered 503, so that it is delivered again.
    """
    with answering():
        problem, ports = world()
        try:
            step(Message.from_cloud_event(event.get_attributes(), event.data), problem, ports)
        except TitanicMlopsError as error:
            if worth_redelivery(error):
                raise
            letter = DeadLetter(_as_it_came(event, topic), error.detail, attempts=1)
            bury(letter, ports)
            log.error("%s is given up: %s", describe(letter.message), error.detail)  # noqa: TRY400 expected


@contextmanager
def answering() -> Iterator[None]:
    """Answer 503 to what may pass later, 500 to a fault of ours; no text of it gets out."""
    TRACE.set(trace_of(request.headers.get("X-Cloud-Trace-Context", "")))
    try:
        yield
    except (TitanicMlopsError, OSError) as error:  # OSError: a full disk, for one
        reason = error.detail if isinstance(error, TitanicMlopsError) else str(error)
        log.warning("To be delivered again: %s", reason)
        abort(Response(reason, status=503, mimetype="text/plain"))
    except Exception as error:  # noqa: BLE001 ours; logged by its place, its text may quote a value
        places = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s\n%s", type(error).__name__, places)  # noqa: TRY400 as above
        abort(Response(type(error).__name__, status=500, mimetype="text/plain"))


@cache
def world() -> tuple[Problem, Ports]:
    """Return the problem that this process serves, and its ports, made once."""
    settings = Settings.from_env(os.environ)
    if settings.cloud:
        log_for_cloud(settings.cloud.project)
    problem = load_problem(settings.problem)
    return problem, open_platform(settings, problem).ports


def _as_it_came(event: CloudEvent, topic: str) -> Message:
    """Return the event's message, or, where there is none, all that was received."""
    try:
        return Message.from_cloud_event(event.get_attributes(), event.data)
    except TitanicMlopsError:
        came = event.data
        data = came if isinstance(came, bytes) else json.dumps(came).encode()
        attributes = {name: _storable(value) for name, value in event.get_attributes().items()}
        return Message(attributes["id"], topic, data, attributes, datetime.now(UTC))


def _storable(value: object) -> str:
    return str(value).encode(errors="replace").decode()
