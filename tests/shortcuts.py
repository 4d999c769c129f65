"""What tests may leave out because others cover it: opening tables anew, repeated training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import train
from titanic_mlops.pipeline import train_model
from titanic_mlops.problems.base import Problem

_version_of = cache(version)
_MODELS: dict[tuple[str, str], Model] = {}


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Keep a DuckDB file open in this process: to open it takes 15 ms, and each operation does.

    No other process can open it in the meantime. tests/contracts and tests/adapters/local
    open the file for each operation, as the product does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path):
        yield


@contextmanager
def trained_once() -> Iterator[None]:
    """Let `train_model` train on the same rows once: they always give the same model.

    tests/learning/training/test_fit.py holds that they do.
    """

    def known(problem: Problem, rows: pd.DataFrame) -> Model:
        key = (
            repr(problem),
            rows.drop(columns=["file_id", "label_file_id", "generation"]).to_csv(),
        )
        if key not in _MODELS:
            _MODELS[key] = train(problem, rows)
        return _MODELS[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_model, "train", known)
        patch.setattr(train_model, "version_of", _version_of)
        yield


def forget_models() -> None:
    """Let the next training be a real one."""
    _MODELS.clear()
