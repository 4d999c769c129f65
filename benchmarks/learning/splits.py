"""Measure many splits, two at a time; results keep the order of the splits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

PROCESSES = 2
Result = TypeVar("Result")


def on_each_split(name: str, measure: Callable[[int], Result], splits: int) -> list[Result]:
    """Return what `measure` returns for the splits 0 to `splits` - 1; print each as it ends."""
    found = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for seed, result in enumerate(pool.map(measure, range(splits))):
            found.append(result)
            print(f"{name}: split {seed + 1} of {splits}", flush=True)
    return found
