r"""From a range to the regular expression of the decimal texts of its numbers.

A text may have leading zeros and a sign `-`; "-0" is 0. The expressions keep to what ECMA-262 and
Python read alike, are not anchored, and say nothing of the length, which is at most `MAX_DIGITS`:
a range must hold a number that can be written so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count, takewhile

from titanic_mlops.rules.values import MAX_DIGITS

LARGEST = 10**MAX_DIGITS - 1
"""No text is long enough to write more, so that beyond it a range has no end."""

_ZEROS = r"(?:\.0+)?"
_FRACTION = r"(?:\.[0-9]+)?"


def integers(low: int, high: int) -> str:
    """Return the pattern of the whole numbers from `low` to `high`, which may end in `.0`."""
    return f"(?:{_signed(low, high, _whole)}){_ZEROS}"


def numbers(low: int, high: int) -> str:
    """Return the pattern of the numbers from `low` to `high`, with or without a fraction.

    It compares what is written: 1.00000000000000000001 is above 1, though float64 rounds it to 1.
    """
    return f"(?:{_signed(low, high, _fractional)})"


def _signed(low: int, high: int, magnitudes: Callable[[int, int], str]) -> str:
    sides = []
    if low <= 0:
        sides.append(f"-0*{magnitudes(max(-high, 0), -low)}")
    if high >= 0:
        sides.append(f"0*{magnitudes(max(low, 0), high)}")
    return "|".join(sides)


def _whole(low: int, high: int) -> str:
    return _one_of(_digits(low, min(high, LARGEST)))


def _fractional(low: int, high: int) -> str:
    patterns = []
    if low < high:
        patterns.append(_one_of(_digits(low, min(high - 1, LARGEST))) + _FRACTION)
    if high <= LARGEST:
        patterns.append(f"{high}{_ZEROS}")
    return _one_of(patterns)


def _one_of(patterns: Iterable[str]) -> str:
    first, *others = patterns
    return f"(?:{'|'.join([first, *others])})" if others else first


def _digits(low: int, high: int) -> Iterator[str]:
    """Yield patterns that together match the digits of each number from `low` to `high`."""
    while low <= high:
        pattern, last = _full_lengths(low, high) or _block(low, high)
        yield pattern
        low = last + 1


def _full_lengths(low: int, high: int) -> tuple[str, int] | None:
    """Return all numbers of as many lengths as fit, as from 10 to 9999, and the last of them."""
    length = len(str(low))
    longest = len(str(high + 1)) - 1
    if low not in (0, 10 ** (length - 1)) or longest < length:
        return None
    pattern = _any(1, longest) if low == 0 else f"[1-9]{_any(length - 1, longest - 1)}"
    return pattern, 10**longest - 1


def _block(low: int, high: int) -> tuple[str, int]:
    """Return the numbers that share all but one digit and a free tail, and the last of them."""
    tails = (10**tail for tail in count())
    *_, size = takewhile(lambda s: low % s == 0 and low + s - 1 <= high, tails)
    head, digit = divmod(low // size, 10)
    last_digit = min(9, (high + 1 - low) // size - 1 + digit)
    free = len(str(size)) - 1
    pattern = f"{head or ''}{_between(digit, last_digit)}{_any(free, free)}"
    return pattern, low + (last_digit - digit + 1) * size - 1


def _between(digit: int, last: int) -> str:
    return str(digit) if digit == last else f"[{digit}-{last}]"


def _any(fewest: int, most: int) -> str:
    if fewest == most:
        return {0: "", 1: "[0-9]"}.get(most, f"[0-9]{{{most}}}")
    return f"[0-9]{{{fewest},{most}}}"
