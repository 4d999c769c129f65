from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import split_of


def test_keys_are_split_70_to_10_to_20() -> None:
    counts = Counter(split_of("salt", key) for key in range(10_000))
    assert sum(counts.values()) == 10_000
    assert abs(counts["TRAIN"] - 7000) < 200
    assert abs(counts["VALIDATION"] - 1000) < 150
    assert abs(counts["TEST"] - 2000) < 200


@pytest.mark.parametrize(
    ("salt", "key", "split"),
    [
        # printf %s titanic1601 | md5sum: its first eight digits modulo a hundred
        ("titanic", "1601", "TEST"),  # 95
        ("titanic", "347082", "TRAIN"),  # 3
        ("titanic", 113803, "VALIDATION"),  # 78
        ("titanic", "PC 17599", "TRAIN"),  # 51
        ("titanic", "Ødegård", "TRAIN"),  # 53
        ("s", 209, "TRAIN"),  # 0
        ("s", 171, "TRAIN"),  # 69
        ("s", 104, "VALIDATION"),  # 70
        ("s", 281, "VALIDATION"),  # 79
        ("s", 24, "TEST"),  # 80
        ("s", 186, "TEST"),  # 99
    ],
)
def test_a_split_follows_from_md5(salt: str, key: object, split: str) -> None:
    assert split_of(salt, key) == split


def test_another_salt_splits_the_keys_differently() -> None:
    first, second = ([split_of(salt, key) for key in range(1000)] for salt in ("a", "b"))
    same = sum(x == y for x, y in zip(first, second, strict=True))
    assert 400 < same < 680  # .7² + .1² + .2² of a thousand are alike by chance


def test_passengers_on_one_ticket_share_a_split(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    splits = titanic_rows.groupby(titanic.split_key)["split"].nunique()
    assert (titanic_rows.groupby(titanic.split_key).size() > 1).sum() > 100
    assert (splits == 1).all()


def test_the_titanic_table_has_a_fixed_split(titanic_rows: pd.DataFrame) -> None:
    assert titanic_rows["split"].value_counts().to_dict() == {
        "TRAIN": 627,
        "TEST": 198,
        "VALIDATION": 66,
    }
