"""`titanic-mlops held`: files that wait for a person's word."""

from __future__ import annotations

from collections.abc import Iterator

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.ingest import report, see_through
from titanic_mlops.cli.options import json_option, open_platform, print_json, problem_option
from titanic_mlops.errors import UnknownName
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

ID_SHOWN = 8
REASONS_SHOWN = 3


@click.group()
def held() -> None:
    """List, release or discard files that were held back."""


@held.command(name="list")
@problem_option
@json_option
def list_held(problem: Problem, *, as_json: bool) -> None:
    """List the held files and why each is held."""
    ports = open_platform(problem).ports
    entries = list(_held(ports, problem))
    if as_json:
        names = ("file", "file_id", "state", "accepted", "rejected", "reason", "reasons")
        print_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return
    if not entries:
        console().print("No file is held.")
        return
    for entry in entries:
        console().print(
            f"[bold]{entry.file_id[:ID_SHOWN]}[/]  {plain(entry.file)}  {plain(entry.reason)}"
        )
        for reason, n in list(entry.reasons.items())[:REASONS_SHOWN]:
            console().print(f"{n:>{ID_SHOWN},}  {plain(reason)}")


@held.command()
@click.argument("file_id")
@problem_option
@json_option
def release(file_id: str, problem: Problem, *, as_json: bool) -> None:
    """Load the accepted rows of a held file after all.

    FILE_ID may be shortened.
    """
    from titanic_mlops.pipeline import held as decided  # noqa: PLC0415 loads pyarrow

    platform = open_platform(problem)
    platform.heal()
    entry = _find(platform.ports, problem, file_id)
    with working(f"Loading {plain(entry.file)}") as progress:
        decided.release(entry.file_id, problem, platform.ports)
        entry = see_through(platform, entry.file_id, progress)
    report(platform, entry, as_json=as_json)


@held.command()
@click.argument("file_id")
@problem_option
@json_option
def discard(file_id: str, problem: Problem, *, as_json: bool) -> None:
    """Give a held file up; the landed file is kept.

    FILE_ID may be shortened.
    """
    from titanic_mlops.pipeline import held as decided  # noqa: PLC0415 loads pyarrow

    ports = open_platform(problem).ports
    entry = decided.discard(_find(ports, problem, file_id).file_id, problem, ports)
    if as_json:
        print_json({"file": entry.file, "file_id": entry.file_id, "state": entry.state})
        return
    console().print(f"{plain(entry.file)} is discarded; the landed file is kept.")


def _held(ports: Ports, problem: Problem) -> Iterator[Entry]:
    ledger = Ledger(ports.storage, problem.name)
    return (entry for entry in ledger.entries() if entry.state == "held")


def _find(ports: Ports, problem: Problem, start: str) -> Entry:
    found = [entry for entry in _held(ports, problem) if entry.file_id.startswith(start)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(entry.file_id[:ID_SHOWN] for entry in _held(ports, problem)) or "none"
    wrong = "Several held files have" if found else "No held file has"
    raise UnknownName(f"{wrong} an id that begins with {start!r}; held are: {known}.")
