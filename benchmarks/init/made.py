"""Tables that are made by hand, each with something that strangers' tables have."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

SEED = 1912
Row = Sequence[object]


def write(path: Path, rows: Iterator[Row], delimiter: str = ",") -> None:
    """Write rows, the header first."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def german(path: Path) -> None:
    """Write semicolons, decimal commas, German headers and dates, and a number for unknown."""
    write(path, _german(np.random.default_rng(SEED)), ";")


def churn(path: Path) -> None:
    """Write a table of customers: ids, names, yes and no, a constant, few whole numbers."""
    write(path, _churn(np.random.default_rng(SEED)))


def american(path: Path) -> None:
    """Write dates as 02/03/2024 that may be read in two ways."""
    write(path, _american(np.random.default_rng(SEED)))


def reviews(path: Path) -> None:
    """Write free text that says what is predicted."""
    write(path, _reviews(np.random.default_rng(SEED)))


def films(path: Path) -> None:
    """Write sets of genres in one cell, and names of the platform's own columns."""
    write(path, _films(np.random.default_rng(SEED)))


def ten_classes(path: Path) -> None:
    """Write ten classes in words, and six columns."""
    write(path, _ten_classes(np.random.default_rng(SEED)))


def wide(path: Path) -> None:
    """Write 10,000 rows of 50 columns."""
    write(path, _numbers(np.random.default_rng(SEED), 10_000, 49))


def widest(path: Path) -> None:
    """Write 3,000 rows of 201 columns."""
    write(path, _numbers(np.random.default_rng(SEED), 3_000, 200))


def visits(path: Path) -> None:
    """Write several visits of each patient: an id that repeats."""
    write(path, _visits(np.random.default_rng(SEED)))


def scientific(path: Path) -> None:
    """Write tabs between fields, and numbers with exponents."""
    write(path, _scientific(np.random.default_rng(SEED)), "\t")


MADE: dict[str, tuple[Callable[[Path], None], str]] = {
    "german": (german, "gekündigt"),
    "churn": (churn, "Churn"),
    "american": (american, "late"),
    "reviews": (reviews, "liked"),
    "films": (films, "prediction"),
    "tenclasses": (ten_classes, "kind"),
    "wide": (wide, "y"),
    "widest": (widest, "y"),
    "visits": (visits, "pressure (mmHg)"),
    "scientific": (scientific, "rate"),
}
"""How each table is written, and its target."""


def _german(random: np.random.Generator) -> Iterator[Row]:
    yield ("Kundennummer", "Größe (m²)", "Umsatz €", "Vertrag seit", "Stadt", "gekündigt")
    for number in range(1_000):
        size, turnover = random.gamma(4, 20), random.gamma(2, 300)
        since = date(2015, 1, 1) + timedelta(days=int(random.integers(0, 3_000)))
        leaves = random.random() < 1 / (1 + np.exp((turnover - 500) / 150))
        shown = "-1" if random.random() < 0.05 else f"{turnover:.2f}".replace(".", ",")
        city = random.choice(["Köln", "Bonn", "Düren"])
        size_text = f"{size:.1f}".replace(".", ",")
        day = since.strftime("%d.%m.%Y")
        yield (10_000 + number, size_text, shown, day, city, "ja" if leaves else "nein")


def _churn(random: np.random.Generator) -> Iterator[Row]:
    yield ("customerID", "Full Name", "Senior", "tenure", "Plan Level", "class", "Region", "Churn")
    for number in range(1_200):
        tenure, plan = int(random.integers(0, 72)), int(random.integers(1, 4))
        senior = random.random() < 0.2
        leaves = random.random() < 1 / (1 + np.exp((tenure - 20) / 8 - senior))
        name = f"Ann{number} Other{random.integers(0, 999)}"
        level = ("low", "medium", "high")[plan - 1]
        words = ("Yes" if senior else "No", tenure, plan, level, "EU", "Yes" if leaves else "No")
        yield (f"C{number:05d}", name, *words)


def _american(random: np.random.Generator) -> Iterator[Row]:
    yield ("ordered on", "distance km", "weight", "late")
    for _ in range(800):
        day = date(2024, int(random.integers(1, 13)), int(random.integers(1, 13)))
        distance, weight = random.gamma(3, 100), random.gamma(2, 5)
        late = random.random() < 1 / (1 + np.exp(-(distance - 300) / 80 - (day.month - 6) / 3))
        yield (day.strftime("%m/%d/%Y"), f"{distance:.1f}", f"{weight:.2f}", int(late))


def _reviews(random: np.random.Generator) -> Iterator[Row]:
    good = ("great", "lovely", "fresh", "friendly", "quick")
    bad = ("cold", "slow", "rude", "stale", "noisy")
    neutral = ("the", "food", "was", "here", "today", "table", "service", "and")
    yield ("review", "stars", "liked")
    for _ in range(900):
        liked = random.random() < 0.6
        words = [*random.choice(good if liked else bad, 2), *random.choice(neutral, 5)]
        words += list(random.choice(bad if liked else good, int(random.integers(0, 2))))
        stars = int(np.clip(random.normal(3.4 if liked else 2.8, 1.2), 1, 5))
        yield (" ".join(random.permutation(words)), stars, "true" if liked else "false")


def _films(random: np.random.Generator) -> Iterator[Row]:
    genres = ("Action", "Comedy", "Drama", "Horror", "Romance", "Documentary")
    worth = np.array([-0.5, -0.2, 0.8, -1.0, 0.2, 1.2])
    yield ("file id", "genres", "year", "split", "prediction")
    for number in range(1_500):
        chosen = random.random(len(genres)) < 0.35
        year = int(random.integers(1960, 2020))
        good = random.random() < 1 / (1 + np.exp(-(worth @ chosen) + (year - 1990) / 25))
        members = "|".join(np.array(genres)[chosen])
        yield (number, members, year, f"{random.random():.3f}", "good" if good else "bad")


def _ten_classes(random: np.random.Generator) -> Iterator[Row]:
    kinds = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay")
    centres = random.normal(0, 3, (len(kinds), 6))
    yield ("a 1", "a 2", "a 3", "a 4", "a 5", "a 6", "kind")
    for _ in range(4_000):
        kind = int(random.integers(len(kinds)))
        values = random.normal(centres[kind], 2.0)
        yield (*(f"{value:.3f}" for value in values), kinds[kind])


def _numbers(random: np.random.Generator, rows: int, columns: int) -> Iterator[Row]:
    yield (*(f"x{place}" for place in range(columns)), "y")
    weights = random.normal(0, 1, columns) * (random.random(columns) < 0.3)
    for _ in range(rows):
        values = random.normal(0, 1, columns)
        positive = values @ weights + random.normal(0, 2) > 0
        yield (*(f"{value:.4f}" for value in values), "yes" if positive else "no")


def _visits(random: np.random.Generator) -> Iterator[Row]:
    yield ("Patient ID", "Visit Date", "Dose (mg)", "Smoker", "pressure (mmHg)")
    for patient in range(250):
        usual, smoker = random.normal(120, 8), random.random() < 0.3
        for visit in range(int(random.integers(2, 6))):
            dose = float(random.choice([0, 5, 10, 20]))
            day = date(2023, 1, 1) + timedelta(days=30 * visit + patient)
            pressure = usual + 15 * smoker - 1.2 * dose + random.normal(0, 4)
            yield (f"P{patient:04d}", day, dose, "Y" if smoker else "N", round(pressure, 1))


def _scientific(random: np.random.Generator) -> Iterator[Row]:
    yield ("concentration", "temperature (K)", "catalyst", "rate")
    for _ in range(700):
        concentration, temperature = 10 ** random.uniform(-6, -3), random.uniform(280, 340)
        catalyst = str(random.choice(["Pt", "Pd", "none"]))
        factor = {"Pt": 3.0, "Pd": 2.0}.get(catalyst, 1.0)
        rate = factor * concentration * np.exp((temperature - 300) / 15) * random.lognormal(0, 0.1)
        yield (f"{concentration:.3e}", f"{temperature:.1f}", catalyst, f"{rate:.4e}")
