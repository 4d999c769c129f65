"""`titanic-mlops init`: from a table to the declaration of a problem."""

from __future__ import annotations

import re
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click

from titanic_mlops import problems
from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.ingest import refuse_unreadable
from titanic_mlops.cli.options import json_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.draft.columns import Question
from titanic_mlops.draft.names import problem_name
from titanic_mlops.draft.source import Stated, source_of, stated
from titanic_mlops.draft.table import Draft, draft, questions
from titanic_mlops.errors import DraftRefused
from titanic_mlops.learning.tasks import Leakage
from titanic_mlops.pipeline.trial import Trial, try_declaration
from titanic_mlops.problems import problem_names, read_declaration
from titanic_mlops.problems.base.checks import NAME
from titanic_mlops.settings import PROBLEMS, own_problems

EXAMPLE = """
\b
titanic-mlops init customers.csv --target churned
titanic-mlops ingest customers.csv --problem customers
"""
_SHOWN_LINES = 4


@click.command(epilog=EXAMPLE)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="The column to predict, as in the file's header.")
@click.option("--name", default="", help="The problem's name; by default made from the file's.")
@json_option
def init(file: Path, target: str, name: str, *, as_json: bool) -> None:
    """Draft the declaration of a problem from FILE.

    The module is written into the folder that TITANIC_MLOPS_PROBLEMS names, or else into the
    clone of the repository that this command runs from. Each guess is a comment in it.
    """
    from titanic_mlops.adapters.local.csv_facts import csv_facts  # noqa: PLC0415 loads DuckDB

    refuse_unreadable(file)
    written = _place(file, name)
    with working(f"Reading {plain(file.name)}"):
        facts = csv_facts(file)
    asked = list(questions(facts, target))
    answers = dict(map(_ask, asked)) if _has_reader() and not as_json else {}
    drafted = draft(facts, target, written.stem, answers=answers)
    with working("Checking the rows, looking for columns that contain the answer"):
        trial = try_declaration(file, read_declaration(written.stem, source_of(drafted)))
    if trial.leaks:
        reasons = {name: _leak(target, leak) for name, leak in trial.leaks.items()}
        drafted = draft(facts, target, written.stem, answers=answers, left_out=reasons)
    source = source_of(drafted)
    read_declaration(written.stem, source)
    written.write_text(source, encoding="utf-8")
    if as_json:
        print_json(_document(drafted, source, written, trial))
    else:
        _print(drafted, source, written, trial, file)


def _place(file: Path, name: str) -> Path:
    """Return where to write the declaration.

    Raises:
        DraftRefused: the name is taken or unusable, or there is no folder for declarations.
    """
    if file.suffix.lower() != ".csv":
        raise DraftRefused(
            f"{file.name} does not end in .csv; only such files are tables, so rename it."
        )
    if name and not re.fullmatch(NAME, name):
        raise DraftRefused(
            f"The name {name!r} cannot name a problem; use 2 to 16 lower-case letters and digits, "
            "a letter first."
        )
    name = name or problem_name(file.stem)
    if name in problem_names() or name == "base":
        raise DraftRefused(f"There is a problem named {name} already; choose another with --name.")
    return (own_problems() or _clone()) / f"{name}.py"


def _clone() -> Path:
    package = Path(str(problems.__file__)).parent
    root = package.parents[2]
    if not (root / "pyproject.toml").is_file():
        raise DraftRefused(
            f"This is no clone of the repository; set {PROBLEMS} to a folder for your own "
            "declarations."
        )
    return package


def _has_reader() -> bool:
    """Return whether someone at a terminal can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: Question) -> tuple[str, str]:
    console().print(plain(question.text))
    for number, (_, meaning) in enumerate(question.choices, start=1):
        console().print(f"  {number}  {plain(meaning)}")
    numbers = [str(number + 1) for number in range(len(question.choices))]
    chosen = click.prompt("Which", default="1", type=click.Choice(numbers), show_choices=False)
    return question.subject, question.choices[int(chosen) - 1][0]


def _leak(target: str, leak: Leakage) -> str:
    return (
        f"it alone predicts {target} ({leak.metric} {leak.value:.3f}), as a copy of the answer "
        "would."
    )


def _document(drafted: Draft, source: str, written: Path, trial: Trial) -> dict[str, object]:
    return {
        "problem": drafted.name,
        "file": str(written),
        "task": drafted.target.task,
        "target": drafted.target.column.name,
        "key": drafted.key,
        "split_key": drafted.split_key,
        "features": [column.name for column in drafted.features],
        "example": {column.name: column.example for column in drafted.features},
        "rows": drafted.facts.rows,
        "accepted": trial.checked.accepted,
        "rejected": trial.checked.rejected,
        "refused": trial.refused,
        "guesses": [
            {"line": one.line, "field": one.field, "guess": one.sentence}
            for one in stated(drafted, source)
        ],
    }


def _print(drafted: Draft, source: str, written: Path, trial: Trial, file: Path) -> None:
    screen, checked = console(), trial.checked
    screen.print(
        f"Written: {plain(written)}. A {drafted.target.task} of "
        f"{plain(drafted.target.column.header)} from {len(drafted.features)} columns; "
        f"[green]{checked.accepted:,} rows would be accepted[/], {checked.rejected:,} rejected."
    )
    for line in _grouped(stated(drafted, source)):
        screen.print(plain(line))
    if repeated := drafted.facts.repeated:
        names = ", ".join(repeated)
        screen.print(
            f"[yellow]Warning:[/] the header has {plain(names)} more than once; these columns are "
            "left out. Give each its own name to use them."
        )
    if checked.rejected:
        screen.print(f"[yellow]Warning:[/] {plain(checked.worst)}.")
    if trial.refused:
        screen.print(f"[yellow]Warning:[/] a training would be refused. {plain(trial.refused)}")
    path, name = shlex.quote(str(file)), drafted.name
    screen.print(f"Next: titanic-mlops ingest {plain(path)} --problem {name}")


def _grouped(guesses: Iterator[Stated]) -> Iterator[str]:
    """Yield a line for each sentence, with the places that it is about."""
    places: dict[str, list[str]] = defaultdict(list)
    for one in guesses:
        places[one.sentence].append(f"{one.field} (line {one.line})")
    for sentence, found in places.items():
        more = f" and {len(found) - _SHOWN_LINES} more" if len(found) > _SHOWN_LINES else ""
        yield f"  {', '.join(found[:_SHOWN_LINES])}{more}: {sentence}"
