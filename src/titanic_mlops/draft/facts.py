"""What was measured of a table and of each of its columns."""

from __future__ import annotations

from dataclasses import dataclass

MOST_VALUES = 20_000
"""So many different values of a column are kept, the most frequent ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """Count the cells of one column.

    Of `rows` cells, `missing` are empty or one of the platform's words for a missing value, and
    `worded` of these are a word. The others have `distinct` texts, up to `longest` characters
    long; `whole` are whole numbers, `numbers` are numbers, `grouped` are numbers with thousands
    separators, `padded` have a space around them and `zero_led` begin with a needless zero, as
    in 01234. `low`, `second` and `high` are the smallest, second smallest and largest number,
    `lowest_count` the cells that hold `low`. `values` are texts with their counts, the most
    frequent first.
    """

    header: str
    rows: int
    missing: int = 0
    worded: int = 0
    distinct: int = 0
    whole: int = 0
    numbers: int = 0
    grouped: int = 0
    padded: int = 0
    zero_led: int = 0
    low: float = 0
    second: float = 0
    high: float = 0
    median: float = 0
    lowest_count: int = 0
    longest: int = 0
    values: tuple[tuple[str, int], ...] = ()

    @property
    def present(self) -> int:
        """Return how many cells hold a value."""
        return self.rows - self.missing

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the different values, the most frequent first."""
        return tuple(text for text, _ in self.values)

    @property
    def is_number(self) -> bool:
        """Return whether every value is a number that is not a code such as 01234."""
        return 0 < self.present == self.numbers and not self.zero_led

    @property
    def is_whole(self) -> bool:
        """Return whether every value is a whole number that 64 bits can hold."""
        return self.is_number and self.whole == self.present and self.longest <= _INT64_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """Say how a file writes its fields, and what its columns hold.

    `unnamed` counts columns without a name in the header; `repeated` are names that it holds
    more than once. Neither is among `columns`.
    """

    file: str
    rows: int
    columns: tuple[ColumnFacts, ...]
    delimiter: str = ","
    decimal: str = "."
    unnamed: int = 0
    repeated: tuple[str, ...] = ()


_INT64_DIGITS = 18
