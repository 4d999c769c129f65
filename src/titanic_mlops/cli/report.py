"""How a command reports the state of a file: in words, as JSON, or as a refusal."""

from __future__ import annotations

from titanic_mlops.cli.console import console, plain, print_cropped
from titanic_mlops.cli.output import print_json, refuse
from titanic_mlops.errors import UnknownName
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import reads
from titanic_mlops.platforms import Platform
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

REFUSED_STATES = ("held", "quarantined", "ignored", "gone")
SHOWN_ROWS = 5
ID_SHOWN = 8


def report(platform: Platform, entry: Entry, *, as_json: bool) -> None:
    """Print the state of a file; end with exit status 1 when none of its rows was loaded."""
    document = {
        "file": entry.file,
        "file_id": entry.file_id,
        "state": entry.state,
        "accepted": entry.accepted,
        "rejected": entry.rejected,
        "labelled": entry.labelled,
        "reasons": entry.reasons,
        "warnings": _warnings(entry),
        **({"extraction": entry.extraction} if entry.extraction else {}),
    }
    if entry.state == "duplicate":
        owner = Ledger(platform.ports.storage, platform.problem.name).get(entry.duplicate_of)
        if owner.state == "held":
            refuse("File held", f"{entry.reason} {_with_next_step(owner)}", **document)
    if entry.state in REFUSED_STATES:
        refuse(f"File {entry.state}", _with_next_step(entry), **document)
    if as_json:
        print_json(document)
        return
    _print(platform, entry)


def print_rejected(entry: Entry, ports: Ports) -> None:
    """Print the first rejected rows of a file, each with every reason."""
    rows = reads.first_rejected_rows(entry.file_id, ports, most=SHOWN_ROWS)
    for row in rows:
        reasons = ", ".join(f"{r['field'] or 'row'}: {r['rule']}" for r in row["reasons"])
        print_cropped(f"  row {row['row_number']:<6} [red]{reasons:<28}[/] ", row["raw"])
    if entry.rejected > len(rows):
        console().print(f"  {entry.rejected - len(rows):,} more in the table rejected_rows")


def entry_that_begins(start: str, problem: Problem, ports: Ports, *, state: str = "") -> Entry:
    """Return the one file, in that state, whose id begins with `start`.

    Raises:
        UnknownName: no such file, or several; the ids are named.
    """
    entries = [one.entry for one in reads.files(problem, ports, state=state)]
    found = [entry for entry in entries if entry.file_id.startswith(start)] if start else []
    if len(found) == 1:
        return found[0]
    known = ", ".join(entry.file_id[:ID_SHOWN] for entry in entries[-10:]) or "none"
    kind = f"{state} file" if state else "file"
    wrong = f"Several {kind}s have" if found else f"No {kind} has"
    raise UnknownName(f"{wrong} an id that begins with {start!r}; the newest are: {known}.")


def _with_next_step(entry: Entry) -> str:
    reason = f"{entry.explanation.rstrip('.')}."
    if entry.state != "held":
        return reason
    discard = f"`titanic-mlops held discard {entry.file_id[:8]}` discards the file."
    if not entry.accepted:
        return f"{reason} Correct the file and upload it again; {discard}"
    release = f"`titanic-mlops held release {entry.file_id[:8]}` loads its accepted rows"
    return f"{reason} {release}, {discard}"


def _warnings(entry: Entry) -> list[str]:
    """Return what is unusual in the file, and its most frequent fault unless that holds it."""
    said = entry.fault if entry.state not in REFUSED_STATES else ""
    return [*entry.warnings, *([said] if said else [])]


def _print(platform: Platform, entry: Entry) -> None:
    screen, file = console(), plain(entry.file)
    if entry.state == "duplicate":
        screen.print(f"{file}: duplicate, 0 rows. {plain(entry.reason)}")
        return
    if entry.state == "received":
        screen.print(f"{file} has landed; `titanic-mlops up` or the next `ingest` loads it.")
        return
    counts = f"[green]{entry.accepted:,} rows accepted[/], {entry.rejected:,} rejected."
    screen.print(f"{file}: {counts}")
    for warning in _warnings(entry):
        screen.print(f"[yellow]Warning:[/] {plain(warning)}")
    if entry.rejected:
        print_rejected(entry, platform.ports)
    if entry.accepted and not platform.ports.pinned:
        screen.print(plain(reads.latest_verdict(platform.ports)))
    elif entry.reason:
        screen.print(plain(entry.reason))
