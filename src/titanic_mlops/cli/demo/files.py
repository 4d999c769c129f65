"""The files that the demo lands."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from titanic_mlops.rules.split import TRAIN, split_of

DATASET = Path(__file__).parents[4] / "dataset" / "titanic.csv"
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


def _read() -> list[dict[str, str]]:
    with DATASET.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
