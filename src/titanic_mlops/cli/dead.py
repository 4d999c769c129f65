"""`titanic-mlops dead`: messages whose step failed for good, or five times."""

from __future__ import annotations

from typing import Any

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.cli.report import report
from titanic_mlops.errors import UnknownName
from titanic_mlops.messages import DeadLetter
from titanic_mlops.pipeline import dead_letters
from titanic_mlops.platforms import Platform
from titanic_mlops.problems.base import Problem

ID_SHOWN = 8


@click.group()
def dead() -> None:
    """List, show, replay or discard dead letters."""


@dead.command(name="list")
@problem_option
@json_option
def list_dead(problem: Problem, *, as_json: bool) -> None:
    """List the dead letters, oldest first, each with its error."""
    letters = open_platform(problem, reading=True).dead_letters()
    if as_json:
        print_json([_document(letter) for letter in letters])
        return
    for letter in letters:
        tries = f"{letter.attempts} tries" if letter.attempts > 1 else "1 try"
        start = f"[bold]{letter.message.id[:ID_SHOWN]}[/]  {plain(letter.message.topic)}, {tries}:"
        console().print(f"{start} {plain(letter.reason)}")
    if not letters:
        console().print("There are no dead letters.")


@dead.command()
@click.argument("message_id")
@problem_option
def show(message_id: str, problem: Problem) -> None:
    """Show all of one dead letter, as JSON.

    MESSAGE_ID may be the beginning of an id.
    """
    letter = _find(open_platform(problem, reading=True), message_id)
    data = letter.message.data.decode(errors="backslashreplace")
    print_json({**_document(letter), "attributes": dict(letter.message.attributes), "data": data})


@dead.command()
@click.argument("message_id")
@problem_option
@json_option
def replay(message_id: str, problem: Problem, *, as_json: bool) -> None:
    """Publish the message again and wait until its file is done.

    MESSAGE_ID may be the beginning of an id.
    """
    platform = open_platform(problem)
    letter = _find(platform, message_id)
    with working("Replaying") as progress:
        entries = platform.replay(letter, progress)
    for entry in entries:
        report(platform, entry, as_json=as_json)
    if not entries:
        _print(letter, "delivered", as_json=as_json)


@dead.command()
@click.argument("message_id")
@problem_option
@json_option
def discard(message_id: str, problem: Problem, *, as_json: bool) -> None:
    """Discard the message and end its file; loaded rows stay.

    MESSAGE_ID may be the beginning of an id.
    """
    platform = open_platform(problem)
    letter = _find(platform, message_id)
    dead_letters.discard(letter, problem, platform.ports)
    _print(letter, "discarded", as_json=as_json)


def _find(platform: Platform, start: str) -> DeadLetter:
    letters = platform.dead_letters()
    found = [letter for letter in letters if letter.message.id.startswith(start)] if start else []
    if len(found) == 1:
        return found[0]
    known = ", ".join(letter.message.id[:ID_SHOWN] for letter in letters) or "none"
    wrong = "Several dead letters have" if found else "No dead letter has"
    raise UnknownName(f"{wrong} an id that begins with {start!r}; there are: {known}.")


def _document(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.message.id,
        "topic": letter.message.topic,
        "published_at": letter.message.publish_time.isoformat(),
        "attempts": letter.attempts,
        "reason": letter.reason,
    }


def _print(letter: DeadLetter, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": letter.message.id, "state": what})
    else:
        console().print(
            f"The message {letter.message.id[:ID_SHOWN]} on {letter.message.topic} is {what}."
        )
