"""`titanic-mlops demo`: the whole journey on the real table, told step by step."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from titanic_mlops.cli.console import console, prediction_lines
from titanic_mlops.cli.ingest import land, latest_verdict, print_rejected, see_through
from titanic_mlops.errors import UnknownName
from titanic_mlops.ledger import Entry
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings
from titanic_mlops.split import TRAIN, split_of

if TYPE_CHECKING:
    from titanic_mlops.prediction import Prediction
    from titanic_mlops.wiring.local import LocalPlatform

DATASET = Path(__file__).parents[3] / "dataset" / "titanic.csv"
SPOILED = (
    {"PassengerId": "2001", "Age": "130"},
    {"PassengerId": "2002", "Embarked": "Newfoundland"},
    {"PassengerId": "2003", "Fare": "250000"},
    {"PassengerId": "2004", "Pclass": "4", "Sex": ""},
    {"PassengerId": "2005", "SibSp": "1e1"},
)
PASSENGER = {
    "Pclass": 2,
    "Sex": "female",
    "Age": 14,
    "SibSp": 1,
    "Parch": 0,
    "Fare": 30.07,
    "Embarked": "C",
}
NEXT = """\
[bold]Where to go next[/]
  titanic-mlops ingest dataset/titanic.csv    the same on your own home, kept
  titanic-mlops models show 1                 the card of a version, every check of the gate
  titanic-mlops --help                        all commands
  docs/architecture.md                        how it is built, and why"""


@dataclass
class _Story:
    platform: LocalPlatform
    folder: Path
    steps: int = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[object], None]]:
        """Tell one step; yield the function that prints a line of it."""
        self.steps += 1
        started = time.perf_counter()
        screen = console()
        screen.print(f"\n[bold cyan]{self.steps}. {title}[/]")
        yield screen.print
        screen.print(f"[dim]{time.perf_counter() - started:.2f} s[/]")

    def drop(self, file: Path) -> Entry:
        """Land a file and see it through."""
        return see_through(self.platform, land(self.platform, file).file_id)


@click.command()
def demo() -> None:
    """Tell the whole story in a temporary home."""
    from titanic_mlops.wiring.local import open_local  # noqa: PLC0415 loads DuckDB

    if not DATASET.is_file():
        raise UnknownName("dataset/titanic.csv is not there; run the demo in a clone.")
    started = time.perf_counter()
    console().print("[bold]From a CSV to an explained prediction[/], in a temporary home.")
    with TemporaryDirectory() as folder:
        platform = open_local(Settings(Path(folder) / "home"), load_problem("titanic"))
        tell(_Story(platform, Path(folder)))
    console().print(f"\nAll of it took {time.perf_counter() - started:.1f} s.\n\n{NEXT}")


def tell(story: _Story) -> None:
    """Go through the story's chapters in order."""
    landed = _with_spoiled_rows(story.folder / "titanic.csv")
    _a_file_becomes_a_champion(story, landed)
    answered = _a_prediction_with_reasons(story)
    _its_record(story, answered)
    _the_same_file_again(story, landed)
    _a_worse_challenger(story)


def _a_file_becomes_a_champion(story: _Story, landed: Path) -> None:
    from titanic_mlops.pipeline.ingest_data import ingest_data  # noqa: PLC0415 loads pyarrow

    platform = story.platform
    with story.step("A file lands, and its rows are checked") as tell_line:
        event = platform.land(landed)
        entry = ingest_data(event, platform.problem, platform.ports)
        rows = entry.accepted + entry.rejected
        tell_line(
            f"{entry.file}: {rows} rows in, [green]{entry.accepted} accepted[/], "
            f"[red]{entry.rejected} refused[/], each with every reason:"
        )
        print_rejected(platform, entry)
    with story.step("The announcement starts a training, and the gate decides") as tell_line:
        see_through(platform, entry.file_id)
        tell_line(_split_line(platform))
        tell_line(latest_verdict(platform))


def _split_line(platform: LocalPlatform) -> str:
    counted = platform.ports.warehouse.query(
        "SELECT split, COUNT(*) AS n FROM training_data GROUP BY split ORDER BY n DESC"
    ).to_pylist()
    shares = ", ".join(f"{row['n']} {row['split']}" for row in counted)
    key = platform.problem.split_key
    return f"Frozen split, rows with one {key} together: {shares}."


def _a_prediction_with_reasons(story: _Story) -> Prediction:
    from titanic_mlops.pipeline.predict import predict  # noqa: PLC0415 loads numpy

    platform = story.platform
    with story.step("A girl of 14 in second class: would she have survived, and why?") as tell_line:
        answered = predict(PASSENGER, platform.problem, platform.ports)
        for line in prediction_lines(platform.problem, answered):
            tell_line(line)
    return answered


def _its_record(story: _Story, answered: Prediction) -> None:
    with story.step("The record of that answer is kept") as tell_line:
        story.platform.store_predictions()
        (row,) = story.platform.ports.warehouse.query(
            "SELECT uuid, model_version, prediction, probability FROM predictions "
            "WHERE uuid = @uuid",
            {"uuid": answered.uuid},
        ).to_pylist()
        for name, value in row.items():
            tell_line(f"{name:>14} {value}")


def _the_same_file_again(story: _Story, landed: Path) -> None:
    with story.step("The same file again changes nothing") as tell_line:
        entry = story.drop(landed)
        tell_line(f"{entry.file}: [yellow]{entry.state}[/], 0 rows. {entry.reason}")


def _a_worse_challenger(story: _Story) -> None:
    with story.step("A faulty export with shuffled labels brings a worse challenger") as tell_line:
        entry = story.drop(_with_shuffled_labels(story.folder / "faulty-export.csv"))
        tell_line(f"{entry.file}: {entry.accepted} rows accepted; no single row looks wrong.")
        tell_line(f"[red]{latest_verdict(story.platform)}[/]")
        tell_line("The champion goes on serving.")


def _with_spoiled_rows(path: Path) -> Path:
    rows = _read()
    return _write(path, rows + [{**rows[i], **spoiled} for i, spoiled in enumerate(SPOILED)])


def _with_shuffled_labels(path: Path) -> Path:
    rows = [row for row in _read() if split_of("titanic", row["Ticket"]) == TRAIN]
    labels = [row["Survived"] for row in rows]
    random.Random(1912).shuffle(labels)  # noqa: S311 a seeded demonstration
    return _write(
        path, [{**row, "Survived": label} for row, label in zip(rows, labels, strict=True)]
    )


def _read() -> list[dict[str, str]]:
    with DATASET.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
