"""`titanic-mlops ingest`: land a file and see it through."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from titanic_mlops.cli.console import console, plain, print_cropped, verdict_line, working
from titanic_mlops.cli.options import (
    json_option,
    open_platform,
    print_json,
    problem_option,
    refuse,
)
from titanic_mlops.errors import FileRejected, Unavailable
from titanic_mlops.ledger import FINAL, Entry, Ledger
from titanic_mlops.problems.base import Problem

if TYPE_CHECKING:
    from titanic_mlops.platforms.choice import Platform

POLL_SECONDS = 0.05
SHOWN_ROWS = 5


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-wait", is_flag=True, help="Only land the file; the next command loads it.")
@click.option("--force", is_flag=True, help="Load the file although its bytes landed before.")
@problem_option
@json_option
def ingest(file: Path, problem: Problem, *, no_wait: bool, force: bool, as_json: bool) -> None:
    """Land FILE, load its rows, wait for the training."""
    _refuse_unreadable(file)
    platform = open_platform(problem)
    platform.heal()
    entry = land(platform, file, forced=force)
    if not no_wait:
        with working(f"Ingesting {plain(file.name)}", file.stat().st_size) as progress:
            entry = see_through(platform, entry.file_id, progress)
    report(platform, entry, as_json=as_json)


def land(platform: Platform, file: Path, *, forced: bool = False) -> Entry:
    """Put a file into the landing bucket and tell the platform so."""
    event = platform.land(file)
    ledger = Ledger(platform.ports.storage, platform.problem.name)
    entry = ledger.begin(event, forced=forced)
    platform.announce_landing(event)
    return entry


def see_through(
    platform: Platform, file_id: str, progress: Callable[[int], None] | None = None
) -> Entry:
    """Work off messages until the file has come to its end; others may work beside.

    Raises:
        Unavailable: its message was given up, or got lost.
    """
    ledger = Ledger(platform.ports.storage, platform.problem.name)
    while (entry := ledger.get(file_id)).state not in FINAL:
        if platform.handle_next(progress=progress):
            continue
        if reason := platform.given_up().get(file_id):
            raise Unavailable(
                f"{entry.file} is {entry.state} and was given up: {reason.rstrip('.')}. Mend the "
                "cause; `titanic-mlops dead list` shows what can be tried again."
            )
        if not platform.is_busy() and ledger.get(file_id) == entry:
            raise Unavailable(
                f"{entry.file} is {entry.state} and no message asks for more; the next "
                "`titanic-mlops ingest` of any file takes it up."
            )
        time.sleep(POLL_SECONDS)
    if entry.state == "duplicate":
        see_through(platform, entry.duplicate_of, progress)
    return entry


def report(platform: Platform, entry: Entry, *, as_json: bool) -> None:
    """Print where a file stands; a file that came to nothing ends with exit status 1."""
    document = {
        "file": entry.file,
        "file_id": entry.file_id,
        "state": entry.state,
        "accepted": entry.accepted,
        "rejected": entry.rejected,
    }
    if entry.state == "duplicate":
        owner = Ledger(platform.ports.storage, platform.problem.name).get(entry.duplicate_of)
        if owner.state == "held":
            refuse("File held", f"{entry.reason} {_with_way_out(owner)}", **document)
    if entry.state in {"held", "quarantined", "ignored", "gone"}:
        refuse(f"File {entry.state}", _with_way_out(entry), **document)
    if as_json:
        print_json(document)
        return
    _print(platform, entry)


def _refuse_unreadable(file: Path) -> None:
    wrong = ""
    if not file.exists():
        wrong = f"There is no file {file}; name a CSV file."
    elif not file.is_file():
        wrong = f"{file} is not a file; name a CSV file."
    else:
        try:
            file.open("rb").close()
        except OSError as error:
            wrong = f"{file} cannot be read: {error.strerror}."
    if wrong:
        raise FileRejected(wrong, state="gone", rule="unreadable")


def _with_way_out(entry: Entry) -> str:
    reason = f"{entry.reason.rstrip('.')}."
    if entry.state != "held":
        return reason
    give_up = f"`titanic-mlops held discard {entry.file_id[:8]}` gives it up."
    if not entry.accepted + entry.rejected:
        return f"{reason} Mend it and send it again; {give_up}"
    release = f"`titanic-mlops held release {entry.file_id[:8]}` loads it all the same"
    return f"{reason} {release}, {give_up}"


def _print(platform: Platform, entry: Entry) -> None:
    screen, file = console(), plain(entry.file)
    if entry.state == "duplicate":
        screen.print(f"{file}: duplicate, 0 rows. {plain(entry.reason)}")
        return
    if entry.state == "received":
        screen.print(f"{file} has landed; the next `titanic-mlops ingest` loads it.")
        return
    screen.print(f"{file}: [green]{entry.accepted:,} rows accepted[/], {entry.rejected:,} refused.")
    for warning in entry.warnings:
        screen.print(f"[yellow]Warning:[/] {plain(warning)}")
    if entry.rejected:
        print_rejected(platform, entry)
    if entry.accepted:
        screen.print(plain(latest_verdict(platform)))
    elif entry.reason:
        screen.print(plain(entry.reason))


def print_rejected(platform: Platform, entry: Entry) -> None:
    """Print the first refused rows of a file, each with every reason."""
    rows = platform.ports.warehouse.query(
        "SELECT row_number, reasons, raw FROM rejected_rows "
        "WHERE file_id = @file_id ORDER BY row_number LIMIT @most",
        {"file_id": entry.file_id, "most": SHOWN_ROWS},
    ).to_pylist()
    for row in rows:
        reasons = ", ".join(f"{r['field'] or 'row'}: {r['rule']}" for r in row["reasons"])
        print_cropped(f"  row {row['row_number']:<6} [red]{reasons:<28}[/] ", row["raw"])
    if entry.rejected > len(rows):
        console().print(f"  {entry.rejected - len(rows):,} more in the table rejected_rows")


def latest_verdict(platform: Platform) -> str:
    """Return what the gate said last."""
    (row,) = platform.ports.warehouse.query(
        "SELECT challenger, sentence FROM evaluations ORDER BY evaluated_at DESC LIMIT 1"
    ).to_pylist()
    return verdict_line(row["challenger"], row["sentence"])
