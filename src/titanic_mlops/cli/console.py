"""What a person sees: tables, bars, and progress in a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from titanic_mlops.problems.base import Problem

if TYPE_CHECKING:  # each loads for longer than --help may take
    from rich.console import Console
    from rich.table import Table

BAR_WIDTH = 24


def console(*, err: bool = False) -> Console:
    """Return a console that breaks lines between words in a terminal, and nowhere else."""
    from rich.console import Console  # noqa: PLC0415 not needed for --help or --json

    screen = Console(stderr=err, highlight=False)
    screen.soft_wrap = not screen.is_terminal
    return screen


@contextmanager
def working(what: str, size: int = 0) -> Iterator[Callable[[int], None]]:
    """Show that work goes on, on standard error; yield a function that takes bytes read so far.

    With the `size` of what is read, in bytes, there is a bar.
    """
    screen = console(err=True)
    if not screen.is_terminal:
        screen.print(f"{what} …")
        yield lambda _read: None
        return
    from rich.progress import (  # noqa: PLC0415 as above
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    text = TextColumn("{task.description} …")
    bar = [BarColumn(bar_width=BAR_WIDTH)] if size else []
    columns = (SpinnerColumn(), text, *bar, TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task(what, total=size or None)
        yield lambda read: progress.update(task, completed=read)


def table(*headers: str) -> Table:
    """Return an empty table without a frame; a header that begins with > aligns right."""
    from rich.table import Table  # noqa: PLC0415 as above

    made = Table(box=None, pad_edge=False, header_style="dim")
    for header in headers:
        right = header.startswith(">")
        justify: Literal["left", "right"] = "right" if right else "left"
        made.add_column(header.removeprefix(">"), justify=justify, no_wrap=True)
    return made


def print_cropped(start: str, rest: str) -> None:
    """Print one line: `start` with markup, then as much of the plain `rest` as fits."""
    from rich.text import Text  # noqa: PLC0415 as above

    line = Text.from_markup(start).append(printable(rest), style="dim")
    console().print(line, soft_wrap=False, no_wrap=True, overflow="ellipsis")


def printable(text: str) -> str:
    """Return text from outside without what a terminal would obey: every such character a dot."""
    return "".join(c if c.isprintable() else "·" for c in text)


def plain(text: object) -> str:
    """Return text from outside as it may stand beside markup."""
    from rich.markup import escape  # noqa: PLC0415 as above

    return escape(printable(str(text)))


def answer_lines(
    problem: Problem, asked: Mapping[str, object], answered: Mapping[str, Any]
) -> Iterator[str]:
    """Yield an explained answer in words, then its reasons as bars, the strongest first."""
    from titanic_mlops.learning.tasks import task_of  # noqa: PLC0415 loads numpy

    task = task_of(problem)
    yield f"[bold]{task.answer_words(problem, answered)}[/]"
    yield f"[dim]prediction {answered['uuid']} by version {answered['model_version']}[/]"
    unit = task.score_unit(problem)
    yield f"{'on average':>14} {answered['baseline']:+9.3g} {unit}"
    contributions: dict[str, float] = answered["contributions"]
    widest = max((abs(share) for share in contributions.values()), default=0) or 1
    strongest_first = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    for column, share in strongest_first:
        bar = "█" * round(abs(share) / widest * BAR_WIDTH) or "▏"
        colour = "green" if share > 0 else "red"
        value = _shown(asked.get(column))
        yield f"{column:>14} {share:+9.3g} [{colour}]{bar:<{BAR_WIDTH}}[/] {value}"
    yield f"{'together':>14} {answered['score']:+9.3g}"


def verdict_line(version: int | None, sentence: str) -> str:
    """Return a verdict's sentence with the challenger called by its number."""
    return sentence.replace("The challenger", f"Version {version}", 1) if version else sentence


def _shown(value: object) -> str:
    return "[dim]not given[/]" if value is None else plain(value)
