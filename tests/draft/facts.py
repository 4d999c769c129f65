"""Facts of columns, measured here as the adapter measures them, for tests without a file."""

from __future__ import annotations

import re
from collections import Counter
from statistics import median_low

from titanic_mlops.draft.facts import ColumnFacts, TableFacts


def column(header: str, *cells: str, rows: int = 0) -> ColumnFacts:
    """Return the facts of a column, its cells repeated until there are `rows` of them."""
    cells = (cells * (rows // len(cells) + 1))[:rows] if rows else cells
    present = [cell for cell in cells if cell not in ("", "NA")]
    numbers = [float(cell) for cell in present if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)]
    lowest = [*sorted(set(numbers))[:2], 0, 0]
    values = sorted(Counter(present).items(), key=lambda item: (-item[1], item[0]))
    return ColumnFacts(
        header=header,
        rows=len(cells),
        missing=len(cells) - len(present),
        worded=cells.count("NA"),
        distinct=len(values),
        whole=sum(bool(re.fullmatch(r"-?\d+(\.0+)?", cell)) for cell in present),
        numbers=len(numbers),
        grouped=sum(bool(re.fullmatch(r"\d{1,3}(,\d{3})+", cell)) for cell in present),
        zero_led=sum(bool(re.fullmatch(r"0\d+", cell)) for cell in present),
        low=lowest[0],
        second=lowest[1],
        high=max(numbers, default=0),
        median=median_low(numbers) if numbers else 0,
        lowest_count=numbers.count(lowest[0]),
        longest=max(map(len, present), default=0),
        values=tuple(values),
    )


def table(*columns: ColumnFacts, file: str = "shop.csv") -> TableFacts:
    """Return the facts of a table with these columns."""
    return TableFacts(file=file, rows=columns[0].rows, columns=columns)
