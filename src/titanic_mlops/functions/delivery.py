"""Decode an event, run its step, and answer: done, dead letter, or redeliver."""

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

from titanic_mlops.errors import Busy, TitanicMlopsError, worth_redelivery
from titanic_mlops.events import problem_of
from titanic_mlops.logs import TRACE, configure_cloud_logging, trace_of
from titanic_mlops.messages import DeadLetter, Message
from titanic_mlops.pipeline.dead_letters import describe, store_dead_letter
from titanic_mlops.platforms.ports import open_ports
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem, served_problems
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

__all__ = ["CloudEvent", "answering", "deliver", "worlds"]

log = logging.getLogger("titanic_mlops.functions")

Step = Callable[[Message, Problem, Ports], None]


def deliver(event: CloudEvent, topic: str, step: Step) -> None:
    """Run a step on the message in an event on `topic`.

    Returning acknowledges the event. An error that redelivery cannot change stores the message
    as a dead letter first; any other error answers 503, and Pub/Sub redelivers the event.
    """
    with answering():
        problem, ports = _world_of(event, topic)
        try:
            step(Message.from_cloud_event(event.get_attributes(), event.data), problem, ports)
        except TitanicMlopsError as error:
            if worth_redelivery(error):
                raise
            letter = DeadLetter(_message_of(event, topic), error.detail, attempts=1)
            store_dead_letter(letter, ports)
            log.error("%s is a dead letter: %s", describe(letter.message), error.detail)  # noqa: TRY400 expected


@contextmanager
def answering() -> Iterator[None]:
    """Answer 503 to a retryable error and 500 to a fault of ours, without its text.

    Retry-After tells a worker that another process holds a file: that is no delivery.
    """
    TRACE.set(trace_of(request.headers.get("X-Cloud-Trace-Context", "")))
    try:
        yield
    except (TitanicMlopsError, OSError) as error:  # OSError: such as a full disk
        reason = error.detail if isinstance(error, TitanicMlopsError) else str(error)
        log.warning("Redelivery is needed: %s", reason)
        headers = {"Retry-After": "1"} if isinstance(error, Busy) else {}
        abort(Response(reason, status=503, mimetype="text/plain", headers=headers))
    except Exception as error:  # noqa: BLE001 our fault; its text may quote a value, so only its place is logged
        places = "".join(traceback.format_tb(error.__traceback__)).splitlines()
        log.error("%s", type(error).__name__, extra={"places": places})  # noqa: TRY400 as above
        abort(Response(type(error).__name__, status=500, mimetype="text/plain"))


def worlds() -> Iterator[tuple[Problem, Ports]]:
    """Yield each problem that this process serves, and its ports."""
    settings = Settings.from_env(os.environ)
    for name in served_problems(settings.only):
        yield world(name)


@cache
def world(name: str) -> tuple[Problem, Ports]:
    """Return a problem and its ports; open them once."""
    settings = Settings.from_env(os.environ)
    if settings.cloud:
        configure_cloud_logging(settings.cloud.project)
    problem = load_problem(name)
    return problem, open_ports(settings, problem)


def _world_of(event: CloudEvent, topic: str) -> tuple[Problem, Ports]:
    """Return the problem that an event is about, and its ports; a step refuses another's event."""
    settings = Settings.from_env(os.environ)
    if len(settings.only) == 1:
        return world(settings.problem)
    try:
        named = problem_of(Message.from_cloud_event(event.get_attributes(), event.data), topic)
    except TitanicMlopsError:  # the step says what is wrong with the event
        named = ""
    return world(named if named in served_problems(settings.only) else settings.problem)


def _message_of(event: CloudEvent, topic: str) -> Message:
    """Return the event's message; of an unreadable event, all that was received."""
    try:
        return Message.from_cloud_event(event.get_attributes(), event.data)
    except TitanicMlopsError:
        received = event.data
        data = received if isinstance(received, bytes) else json.dumps(received).encode()
        attributes = {name: _storable(value) for name, value in event.get_attributes().items()}
        return Message(attributes["id"], topic, data, attributes, datetime.now(UTC))


def _storable(value: object) -> str:
    return str(value).encode(errors="replace").decode()
