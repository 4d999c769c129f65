"""A file's statistics, as plain JSON, and what is unusual in them against the last files'."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from titanic_mlops.problems.base import OneHot, Problem

Statistics = dict[str, Any]
"""`rows`; `missing`: cells by nullable column; `categories`: rows by column and category."""

FEWEST_FILES = 3
"""Row counts are compared once there are so many earlier files."""
UNUSUAL_ROWS = 10
"""A file is said that has so many times the rows of the largest earlier file, or so small a part
of the smallest."""
FEWEST_ROWS = 20
UNUSUAL_SHARE = 0.10
UNUSUAL_Z = 5.0
"""A share of missing cells in so many rows is said when it differs by so much, and by so many
standard errors. At 4 of them, and in fewer rows, random parts of one table came out: 8 of 10 cells
missing against 42 of 205."""
UNLIKELY = 1e-4
"""A new category is said when so few shuffles of all rows would put it into one file alone."""
_MOST_CATEGORIES = 50


def measure(accepted: Path, problem: Problem) -> Statistics:
    """Return the statistics of a Parquet file of accepted rows; no personal column's categories."""
    with pq.ParquetFile(accepted) as file:
        metadata = file.metadata
        missing = dict.fromkeys((c.name for c in problem.columns if c.nullable), 0)
        groups = map(metadata.row_group, range(metadata.num_row_groups))
        for group in (group for group in groups if group.num_rows):
            for column in map(group.column, range(metadata.num_columns)):
                if column.path_in_schema in missing:
                    missing[column.path_in_schema] += column.statistics.null_count
        categories = {name: Counter[str]() for name in _categorical(problem)}
        for group in range(metadata.num_row_groups):
            rows = file.read_row_group(group, columns=list(categories))
            for name, counts in categories.items():
                found = pc.value_counts(rows[name].drop_null()).to_pylist()
                counts.update({entry["values"]: entry["counts"] for entry in found})
    few = {name: dict(c) for name, c in categories.items() if len(c) <= _MOST_CATEGORIES}
    return {"rows": metadata.num_rows, "missing": missing, "categories": few}


def compare(found: Statistics, earlier: Sequence[Statistics], problem: Problem) -> Iterator[str]:
    """Yield a sentence on each unusual thing in a file against the `earlier` ones.

    It names declared categories, and counts those of a free text.
    The thresholds are wide: rows of one table, split at random, raise none.
    """
    earlier = [statistics for statistics in earlier if statistics["rows"]]
    if not earlier or not found["rows"]:
        return
    yield from _rows(found["rows"], [statistics["rows"] for statistics in earlier])
    before = sum(statistics["rows"] for statistics in earlier)
    for column, missing in found["missing"].items():
        if column == problem.target and missing == found["rows"]:
            continue  # a file without labels is said as such
        known = sum(statistics["missing"].get(column, 0) for statistics in earlier)
        yield from _missing(column, missing, found["rows"], known, before)
    for column, counts in found["categories"].items():
        if all(column in statistics["categories"] for statistics in earlier):
            seen = set().union(*(statistics["categories"][column] for statistics in earlier))
            new = {c: n for c, n in counts.items() if c not in seen}
            unlikely = {n: new[n] for n in new if _is_unlikely(new[n], found["rows"], before)}
            yield from _categories(column, unlikely, named=bool(problem.by_name[column].categories))


def _categorical(problem: Problem) -> list[str]:
    """Return the text columns whose values are categories: declared, or encoded as such."""
    one_hot = {feature.column for feature in problem.features if isinstance(feature, OneHot)}
    return [
        column.name
        for column in problem.columns
        if column.type is str
        and not column.personal
        and (column.categories or column.name in one_hot)
    ]


def _rows(rows: int, earlier: Sequence[int]) -> Iterator[str]:
    fewest, most = min(earlier), max(earlier)
    if len(earlier) >= FEWEST_FILES and not fewest / UNUSUAL_ROWS <= rows <= most * UNUSUAL_ROWS:
        yield f"{rows:,} rows; the last {len(earlier)} files have {fewest:,} to {most:,}"


def _missing(column: str, missing: int, rows: int, known: int, before: int) -> Iterator[str]:
    if min(rows, before) < FEWEST_ROWS:
        return
    share, usual = missing / rows, known / before
    pooled = (missing + known) / (rows + before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / before))
    difference = abs(share - usual)
    if difference >= UNUSUAL_SHARE and difference > UNUSUAL_Z * error:
        yield (
            f"{column} is missing in {missing:,} of {rows:,} rows; "
            f"in the last files in {known:,} of {before:,}"
        )


def _is_unlikely(of_category: int, rows: int, before: int) -> bool:
    """Return whether rows of a category, shuffled among all rows, would hardly be in one file."""
    share: float = (rows / (rows + before)) ** of_category
    return share < UNLIKELY


def _categories(column: str, new: Mapping[str, int], *, named: bool) -> Iterator[str]:
    if new and named:
        shown = ", ".join(f"{category} in {rows:,} rows" for category, rows in new.items())
        yield f"{column} has categories that the last files lack: {shown}"
    elif new:
        rows = sum(new.values())
        yield f"{column} has {len(new)} categories that the last files lack, in {rows:,} rows"
