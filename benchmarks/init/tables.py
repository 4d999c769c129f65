"""The public tables, and those made by hand: where each comes from, and what is predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from sklearn import datasets

from benchmarks.init.made import MADE

PACKAGES = Path(__file__).parents[2] / ".venv" / "tables"
_SCIKIT_LEARN = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
}
_FILES = {
    "penguins": ("palmerpenguins/data/penguins.csv", "species"),
    "penguinsraw": ("palmerpenguins/data/penguins-raw.csv", "Sex"),
    "anes96": ("statsmodels/datasets/anes96/anes96.csv", "vote"),
    "fair": ("statsmodels/datasets/fair/fair.csv", "affairs"),
    "mpg": ("plotnine/data/mpg.csv", "hwy"),
    "midwest": ("plotnine/data/midwest.csv", "inmetro"),
    "txhousing": ("plotnine/data/txhousing.csv", "median"),
    "weather": ("vega_datasets/_data/seattle-weather.csv", "weather"),
    "stones": ("plotnine/data/diamonds.csv", "price"),
    "randhie": ("statsmodels/datasets/randhie/src/randhie.csv", "mdvis"),
}


@dataclass(frozen=True)
class Table:
    """A table: `write` writes its file."""

    name: str
    source: str
    target: str
    write: Callable[[Path], object]


LARGE = ("digits", "tenclasses", "wide", "widest", "stones", "randhie")
"""The tables that take longest; they come last."""


def tables() -> list[Table]:
    """Return every table."""
    return sorted(_tables(), key=lambda table: table.name in LARGE)


def _tables() -> Iterator[Table]:
    for name, load in _SCIKIT_LEARN.items():
        yield Table(name, "scikit-learn", "target", _writer(load))
    for name, (write, target) in MADE.items():
        yield Table(name, "made by hand", target, write)
    for name, (file, target) in _FILES.items():
        package = file.partition("/")[0]
        yield Table(name, package, target, _copier(PACKAGES / file))


def _writer(load: Callable[..., object]) -> Callable[[Path], object]:
    return lambda path: load(as_frame=True).frame.to_csv(path, index=False)  # type: ignore[attr-defined] # it ships no types


def _copier(file: Path) -> Callable[[Path], object]:
    return lambda path: copyfile(file, path)
