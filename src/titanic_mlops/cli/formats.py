"""Print rows as text for a person, as CSV for a spreadsheet, as JSON for a program."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

import click

from titanic_mlops.cli.console import console, plain, table
from titanic_mlops.cli.options import CSV, JSON
from titanic_mlops.cli.output import print_json

CELL_WIDTH = 40
"""Characters of a cell that text shows; CSV and JSON hold all of it."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a text that begins with one of these; see OWASP, "CSV Injection"."""
Row = Sequence[Any]


def print_rows(columns: Sequence[str], rows: Sequence[Row], form: str) -> None:
    """Print rows in the format that `--format` names."""
    if form == JSON:
        print_json([dict(zip(columns, map(as_json, row), strict=True)) for row in rows])
    elif form == CSV:
        print_csv(columns, rows)
    else:
        _print_text(columns, rows)


def print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Print rows as CSV (RFC 4180); an apostrophe goes before a text that could be a formula."""
    writer = csv.writer(sys.stdout)
    writer.writerow(map(_harmless, columns))
    writer.writerows([_harmless(as_json(cell)) for cell in row] for row in rows)


def as_json(value: object) -> object:
    """Return a cell as JSON has it: times in ISO 8601, bytes as text, NaN and infinity by name."""
    if isinstance(value, dict):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    known = value is None or isinstance(value, bool | int | str)
    known = known or (isinstance(value, float) and math.isfinite(value))
    return value if known else str(value)


def _harmless(cell: object) -> object:
    """Return a cell as CSV has it; a number may begin with a minus sign."""
    if isinstance(cell, bool | dict | list):
        return json.dumps(cell, ensure_ascii=False)
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _print_text(columns: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        click.echo("No rows.")
        return
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    right = (">" if number else "" for number in numeric)
    shown = table(*(sign + plain(name) for sign, name in zip(right, columns, strict=True)))
    for row in rows:
        shown.add_row(*map(_short, row))
    screen = console()
    # A row that is wider than the terminal is wrapped by the terminal, not cut.
    widest = screen.options.update(max_width=sys.maxsize)
    screen.width = max(screen.width, screen.measure(shown, options=widest).maximum)
    screen.print(shown, soft_wrap=True)


def _short(value: object) -> str:
    if value is None:
        return "[dim]NULL[/]"
    found = as_json(value)
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return plain(text if len(text) <= CELL_WIDTH else f"{text[: CELL_WIDTH - 1]}…")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
