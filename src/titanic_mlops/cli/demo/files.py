"""The files that the demo lands."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from titanic_mlops.rules.split import TRAIN, split_of

DATASET = Path(__file__).parents[4] / "dataset" / "titanic.csv"
DIAMONDS, SUBSCRIBERS = 1_500, 600
SPOILED = (
    {"PassengerId": "2001", "Age": "130"},
    {"PassengerId": "2002", "Embarked": "Newfoundland"},
    {"PassengerId": "2003", "Fare": "250000"},
    {"PassengerId": "2004", "Pclass": "4", "Sex": ""},
    {"PassengerId": "2005", "SibSp": "1e1"},
)


def with_spoiled_rows(path: Path) -> Path:
    """Write the real table and five rows that are each rejected."""
    rows = _read()
    return _write(path, rows + [{**rows[i], **spoiled} for i, spoiled in enumerate(SPOILED)])


def with_shuffled_labels(path: Path) -> Path:
    """Write the rows of the training split with their labels shuffled."""
    rows = [row for row in _read() if split_of("titanic", row["Ticket"]) == TRAIN]
    labels = [row["Survived"] for row in rows]
    random.Random(1912).shuffle(labels)  # noqa: S311 a seeded demonstration
    return _write(
        path, [{**row, "Survived": label} for row, label in zip(rows, labels, strict=True)]
    )


def diamonds(path: Path) -> Path:
    """Write the first shipped diamonds, whose prices belong to another problem."""
    with DATASET.with_name("diamonds.csv").open(encoding="utf-8") as file:
        path.write_text("".join(islice(file, DIAMONDS + 1)), encoding="utf-8")
    return path


def subscribers(path: Path) -> Path:
    """Write a stranger's table: who cancels a subscription, as a German spreadsheet exports it."""
    draw = random.Random(1912)  # noqa: S311 a seeded demonstration
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Customer ID", "Since", "Plan", "Monthly fee", "Complaints", "Cancelled"])
        for number in range(SUBSCRIBERS):
            since = date(2015, 1, 1) + timedelta(days=draw.randrange(3650))
            plan, complaints = draw.choice(["basic", "family", "plus"]), draw.randrange(9)
            likely = 0.1 * complaints + 0.1 * (plan == "basic")
            fee = f"{draw.uniform(5, 80):.2f}".replace(".", ",")
            word = "yes" if draw.random() < likely else "no"
            writer.writerow([10_001 + number, f"{since:%d.%m.%Y}", plan, fee, complaints, word])
    return path


def _read() -> list[dict[str, str]]:
    with DATASET.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
