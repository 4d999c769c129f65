"""`titanic-mlops files`: landed files, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from getpass import getuser

import click

from titanic_mlops.cli.console import console, plain, table, working
from titanic_mlops.cli.held import discard, release
from titanic_mlops.cli.options import json_option, open_platform, problem_option, why_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.cli.report import ID_SHOWN, entry_that_begins, print_rejected
from titanic_mlops.ledger import STATES, Entry
from titanic_mlops.pipeline import file_decisions, reads
from titanic_mlops.platforms import Platform
from titanic_mlops.problems.base import Problem


@click.group()
def files() -> None:
    """List, show, release, discard, revoke or restore files."""


files.add_command(release)
files.add_command(discard)


@files.command(name="list")
@click.option("--state", type=click.Choice(sorted(STATES)), help="Only files in this state.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only files moved since that day.")
@click.option("--like", default="", help="Only names with this part, or pattern with * and ?.")
@problem_option
@json_option
def list_files(
    state: str | None, since: datetime | None, like: str, problem: Problem, *, as_json: bool
) -> None:
    """List the landed files, the oldest generation first."""
    ports = open_platform(problem, reading=True).ports
    day = since.date() if since else None
    found = reads.files(problem, ports, state=state or "", since=day, like=like)
    if as_json:
        print_json([_document(one.entry) | {"entered_at": _text(one.entered_at)} for one in found])
        return
    if not found:
        console().print("No file is there, or none that fits.")
        return
    shown = table("id", "state", "since", ">accepted", ">rejected", "file")
    for one in found:
        entry = one.entry
        since_when = _text(one.entered_at)[:16].replace("T", " ")
        counts = (f"{entry.accepted:,}", f"{entry.rejected:,}")
        name = plain(entry.file)
        shown.add_row(entry.file_id[:ID_SHOWN], entry.state, since_when, *counts, name)
    console().print(shown)


@files.command()
@click.argument("file_id")
@problem_option
@json_option
def show(file_id: str, problem: Problem, *, as_json: bool) -> None:
    """Show one file: counts, every reason with its first row, its history.

    FILE_ID may be the beginning of an id.
    """
    ports = open_platform(problem, reading=True).ports
    entry = entry_that_begins(file_id, problem, ports)
    history = reads.history_of(entry.file_id, ports)
    places = reads.first_row_of_each_reason(entry.file_id, ports)
    if as_json:
        told = [row | {"entered_at": _text(row["entered_at"])} for row in history]
        print_json(_document(entry) | {"first_rows": places, "history": told})
        return
    screen = console()
    screen.print(f"[bold]{plain(entry.file)}[/] is {entry.state}, id {entry.file_id[:ID_SHOWN]}")
    screen.print(f"generation {entry.generation}, sha256 {entry.sha256[:12] or 'not read'}")
    erased = f"; {entry.erased:,} erased since" if entry.erased else ""
    screen.print(f"{entry.accepted:,} rows accepted, {entry.rejected:,} rejected{erased}")
    if entry.decided_by:
        screen.print(f"the last decision was made by {plain(entry.decided_by)}")
    for reason, count in entry.reasons.items():
        place = f", first in row {places[reason]:,}" if reason in places else ""
        screen.print(f"{count:>{ID_SHOWN},}  {plain(reason)}{place}")
    for warning in entry.warnings:
        screen.print(f"[yellow]Warning:[/] {plain(warning)}")
    print_rejected(entry, ports)
    for row in history:
        why = f": {plain(row['reason'])}" if row["reason"] else ""
        screen.print(f"{_text(row['entered_at'])[:19].replace('T', ' ')}  {row['state']}{why}")


@files.command()
@click.argument("file_id")
@why_option()
@problem_option
@json_option
def revoke(file_id: str, why: str, problem: Problem, *, as_json: bool) -> None:
    """Take a loaded file back: its rows and labels no longer count; a training follows.

    FILE_ID may be the beginning of an id.
    """
    platform, entry = _decided(file_decisions.revoke, "Revoking", file_id, problem, why)
    _report(platform, entry, "is revoked: its rows and labels no longer count", as_json=as_json)


@files.command()
@click.argument("file_id")
@why_option()
@problem_option
@json_option
def accept(file_id: str, why: str, problem: Problem, *, as_json: bool) -> None:
    """Accept the labels of a loaded file that contradict the champion.

    FILE_ID may be the beginning of an id.
    """
    ports = open_platform(problem).ports
    found = entry_that_begins(file_id, problem, ports)
    entry = file_decisions.accept(found.file_id, problem, ports, why=why, by=getuser())
    if as_json:
        print_json(_document(entry))
        return
    console().print(
        f"The labels of {plain(entry.file)} are accepted; `titanic-mlops train` judges them."
    )


@files.command()
@click.argument("file_id")
@why_option(default="restored by hand")
@problem_option
@json_option
def restore(file_id: str, why: str, problem: Problem, *, as_json: bool) -> None:
    """Let a revoked file count again; a training follows.

    FILE_ID may be the beginning of an id.
    """
    platform, entry = _decided(file_decisions.restore, "Restoring", file_id, problem, why)
    _report(platform, entry, "is restored: its rows and labels count again", as_json=as_json)


def _decided(
    decide: Callable[..., Entry], doing: str, file_id: str, problem: Problem, why: str
) -> tuple[Platform, Entry]:
    """Carry out a decision and wait for the training that follows it."""
    platform = open_platform(problem)
    entry = entry_that_begins(file_id, problem, platform.ports)
    with working(f"{doing} {plain(entry.file)}"):
        decide(entry.file_id, problem, platform.ports, why=why, by=getuser())
        return platform, platform.wait_until_final(entry.file_id)


def _report(platform: Platform, entry: Entry, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(entry))
        return
    console().print(f"{plain(entry.file)} {what}.")
    pinned = platform.ports.pinned
    console().print(plain(entry.reason if pinned else reads.latest_verdict(platform.ports)))


def _document(entry: Entry) -> dict[str, object]:
    return {name: value for name, value in asdict(entry).items() if name != "stored"}


def _text(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""
