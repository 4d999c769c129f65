"""The frozen split: which rows train, which choose, which only judge."""

from __future__ import annotations

from hashlib import md5

TRAIN, VALIDATION, TEST = "TRAIN", "VALIDATION", "TEST"
SPLITS = (TRAIN, VALIDATION, TEST)


def split_of(salt: str, value: object) -> str:
    """Return the split of every row whose split key has `value`: 70, 10 and 20 in a hundred.

    It depends on nothing else, so a row keeps its split in every file and every year.
    """
    digest = md5(f"{salt}{value}".encode(), usedforsecurity=False).hexdigest()
    percent = int(digest[:8], 16) % 100
    if percent < 70:  # noqa: PLR2004 the shares of the split are said here, once
        return TRAIN
    return VALIDATION if percent < 80 else TEST  # noqa: PLR2004 as above
