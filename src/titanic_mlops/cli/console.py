"""What a person sees: tables, bars and progress in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from titanic_mlops.logs import printable

BAR_WIDTH = 24


def console(*, err: bool = False) -> Console:
    """Return a console that wraps lines in a terminal only."""
    screen = Console(stderr=err, highlight=False)
    screen.soft_wrap = not screen.is_terminal
    return screen


@contextmanager
def working(what: str, size: int = 0) -> Iterator[Callable[[int], None]]:
    """Show on standard error that work is in progress; yield a function for bytes read so far.

    A `size` in bytes adds a progress bar.
    """
    screen = console(err=True)
    if not screen.is_terminal:
        screen.print(f"{what} …")
        yield lambda _read: None
        return
    text = TextColumn("{task.description} …")
    bar = [BarColumn(bar_width=BAR_WIDTH)] if size else []
    columns = (SpinnerColumn(), text, *bar, TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task(what, total=size or None)
        yield lambda read: progress.update(task, completed=read)


def table(*headers: str) -> Table:
    """Return an empty table without a frame; a header that begins with > aligns right."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for header in headers:
        right = header.startswith(">")
        justify: Literal["left", "right"] = "right" if right else "left"
        made.add_column(header.removeprefix(">"), justify=justify, no_wrap=True)
    return made


def print_cropped(start: str, rest: str) -> None:
    """Print one line: `start` with markup, then as much of the plain `rest` as fits."""
    line = Text.from_markup(start).append(printable(rest), style="dim")
    console().print(line, soft_wrap=False, no_wrap=True, overflow="ellipsis")


def plain(text: object) -> str:
    """Return untrusted text so that neither rich nor the terminal interprets it."""
    return escape(printable(str(text)))
