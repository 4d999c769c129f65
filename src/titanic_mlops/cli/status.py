"""`titanic-mlops status`: champion, files, queue, dead letters and disk on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from titanic_mlops.cli.console import console, plain
from titanic_mlops.cli.formats import print_csv
from titanic_mlops.cli.options import CSV, JSON, format_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.pipeline.status import Status, status_of
from titanic_mlops.platforms.condition import Condition, Disk
from titanic_mlops.problems.base import Problem

Line = tuple[str, str, str]
MEGABYTE = 1_000_000
SHOWN_BYTES = 100_000
"""A smaller file or folder has no line of its own; `--json` lists all."""
UNKNOWN_ON_CLOUD = "Cloud Monitoring shows the depth of each subscription"


@click.command()
@problem_option
@format_option
def status(problem: Problem, *, form: str) -> None:
    """Show champion, files, queue, dead letters and disk.

    Nothing is changed. A part that cannot be read says why; the others are shown.
    """
    platform = open_platform(problem, reading=True)
    found, condition = status_of(problem, platform.ports), platform.condition()
    if form == JSON:
        print_json(_document(problem, found, condition))
        return
    lines = list(_lines(problem, found, condition))
    if form == CSV:
        print_csv(("part", "name", "value"), lines)
        return
    part_before = ""
    for part, name, value in lines:
        heading = part if part != part_before else ""
        console().print(f"[bold]{heading:<13}[/]{plain(' '.join(filter(None, (name, value))))}")
        part_before = part


def _document(problem: Problem, found: Status, condition: Condition) -> dict[str, Any]:
    queue = condition.queue
    pending = [
        {"topic": one.topic, "messages": one.messages, "oldest": one.oldest.isoformat()}
        for one in (queue.pending if queue else ())
    ]
    disk = condition.disk
    return {
        "problem": problem.name,
        "place": condition.place,
        "up": asdict(condition.up) if condition.up else None,
        "champion": asdict(found.champion) if found.champion else None,
        "files": found.files,
        "queue": pending if queue else None,
        "dead_letters": _dead_letters(found, condition),
        "tables": found.tables,
        "disk": {"used": disk.total, "free": disk.free, "parts": dict(disk.used)} if disk else None,
        "faults": {**found.faults, **condition.faults},
    }


def _lines(problem: Problem, found: Status, condition: Condition) -> Iterator[Line]:
    """Yield part, name and value of each line."""
    faults = {**found.faults, **condition.faults}
    yield "problem", problem.name, f"on {condition.place}"
    if condition.disk or condition.faults:
        up = condition.up
        yield "up", "", f"runs on {up.address} (process {up.process})" if up else "does not run"
    champion = found.champion
    if champion:
        since = champion.since[:19].replace("T", " ")
        yield "champion", f"version {champion.version}", f"since {since} by {champion.by}"
        yield "champion", "", f"because {champion.why}"
    elif "champion" not in faults:
        yield "champion", "", "none yet; `titanic-mlops ingest FILE` trains the first one"
    for state, count in found.files.items():
        yield "files", state, f"{count:,}"
    if not found.files and "files" not in faults:
        yield "files", "", "none has landed"
    yield from _queue_lines(condition)
    if "tables" not in faults:
        yield "dead letters", "", f"{_dead_letters(found, condition):,}"
    for name, rows in found.tables.items():
        yield "tables", name, f"{rows:,} rows"
    if condition.disk:
        yield from _disk_lines(condition.disk)
    for part, sentence in faults.items():
        yield "not readable", part, sentence


def _queue_lines(condition: Condition) -> Iterator[Line]:
    if condition.queue is None:
        if not condition.faults:
            yield "queue", "", UNKNOWN_ON_CLOUD
        return
    for one in condition.queue.pending:
        oldest = one.oldest.isoformat()[:19].replace("T", " ")
        yield "queue", one.topic, f"{one.messages:,} pending, the oldest since {oldest}"
    if not condition.queue.pending:
        yield "queue", "", "empty"


def _disk_lines(disk: Disk) -> Iterator[Line]:
    yield "disk", "all", f"{_megabytes(disk.total)}, {_megabytes(disk.free)} free"
    for name, size in disk.used.items():
        if size >= SHOWN_BYTES:
            yield "disk", name, _megabytes(size)


def _dead_letters(found: Status, condition: Condition) -> int:
    return found.dead_letters + (condition.queue.dead if condition.queue else 0)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
