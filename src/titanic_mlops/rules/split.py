"""The frozen split: rows for training, for choosing parameters, and for the gate only."""

from __future__ import annotations

from hashlib import md5

TRAIN, VALIDATION, TEST = "TRAIN", "VALIDATION", "TEST"
SPLITS = (TRAIN, VALIDATION, TEST)


def split_of(salt: str, value: object) -> str:
    """Return the split of all rows whose split key is `value`: 70, 10 and 20 % of the keys.

    It depends on salt and value only, so a row has the same split in every file.
    """
    digest = md5(f"{salt}{value}".encode(), usedforsecurity=False).hexdigest()
    percent = int(digest[:8], 16) % 100
    if percent < 70:  # noqa: PLR2004 the only place of the shares
        return TRAIN
    return VALIDATION if percent < 80 else TEST  # noqa: PLR2004 as above
