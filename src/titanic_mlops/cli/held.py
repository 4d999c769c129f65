"""`titanic-mlops held`: files that are held until a person releases or discards them."""

from __future__ import annotations

from getpass import getuser

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.cli.report import report
from titanic_mlops.errors import UnknownName
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline import file_decisions
from titanic_mlops.pipeline.reads import held_files
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

ID_SHOWN = 8
REASONS_SHOWN = 3


@click.group()
def held() -> None:
    """List, release or discard held files."""


@held.command(name="list")
@problem_option
@json_option
def list_held(problem: Problem, *, as_json: bool) -> None:
    """List the held files and why each is held."""
    ports = open_platform(problem, reading=True).ports
    entries = held_files(problem, ports)
    if as_json:
        names = ("file", "file_id", "state", "accepted", "rejected", "labelled", "reasons")
        documents = [{name: getattr(entry, name) for name in names} for entry in entries]
        for document, entry in zip(documents, entries, strict=True):
            document["reason"] = entry.explanation
        print_json(documents)
        return
    if not entries:
        console().print("No file is held.")
        return
    for entry in entries:
        console().print(
            f"[bold]{entry.file_id[:ID_SHOWN]}[/]  {plain(entry.file)}  {plain(entry.explanation)}"
        )
        for reason, n in list(entry.reasons.items())[:REASONS_SHOWN]:
            console().print(f"{n:>{ID_SHOWN},}  {plain(reason)}")


@held.command()
@click.argument("file_id")
@problem_option
@json_option
def release(file_id: str, problem: Problem, *, as_json: bool) -> None:
    """Load the accepted rows of a held file.

    FILE_ID may be the beginning of an id.
    """
    platform = open_platform(problem)
    platform.resume_unfinished()
    entry = _find(platform.ports, problem, file_id)
    with working(f"Loading {plain(entry.file)}") as progress:
        file_decisions.release(entry.file_id, problem, platform.ports, by=getuser())
        entry = platform.wait_until_final(entry.file_id, progress)
    report(platform, entry, as_json=as_json)


@held.command()
@click.argument("file_id")
@problem_option
@json_option
def discard(file_id: str, problem: Problem, *, as_json: bool) -> None:
    """Quarantine a held file; the landed file is kept.

    FILE_ID may be the beginning of an id.
    """
    ports = open_platform(problem).ports
    found = _find(ports, problem, file_id)
    entry = file_decisions.discard(found.file_id, problem, ports, by=getuser())
    if as_json:
        print_json({"file": entry.file, "file_id": entry.file_id, "state": entry.state})
        return
    console().print(f"{plain(entry.file)} is discarded; the landed file is kept.")


def _find(ports: Ports, problem: Problem, start: str) -> Entry:
    entries = held_files(problem, ports)
    found = [entry for entry in entries if entry.file_id.startswith(start)] if start else []
    if len(found) == 1:
        return found[0]
    known = ", ".join(entry.file_id[:ID_SHOWN] for entry in entries) or "none"
    wrong = "Several held files have" if found else "No held file has"
    raise UnknownName(f"{wrong} an id that begins with {start!r}; held are: {known}.")
