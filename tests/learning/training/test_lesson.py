"""How large the leaves of a tree are."""

from __future__ import annotations

import numpy as np
import pytest

from titanic_mlops.learning.training.lesson import Lesson, Samples


@pytest.mark.parametrize(
    ("rows", "classes", "leaf"),
    [
        (627, 2, 5),
        (3_440, 2, 28),
        (100_000, 2, 40),
        (100_000, 0, 5),
        (100_000, 3, 5),
    ],
)
def test_leaves_for_two_classes_grow_with_the_rows(rows: int, classes: int, leaf: int) -> None:
    assert lesson(rows, classes).leaf_rows == leaf


def test_a_record_that_is_learned_twice_counts_once() -> None:
    assert lesson(3_440, 2, copies=2).leaf_rows == 28


def lesson(rows: int, classes: int, copies: int = 1) -> Lesson:
    """Return a lesson of so many records."""
    samples = Samples(np.zeros((rows * copies, 1), np.float32), np.zeros(rows * copies), copies)
    return Lesson(samples, Samples(samples.inputs[:0], samples.labels[:0]), classes, (0,), seed=0)
