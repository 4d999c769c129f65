"""The arrays of a model, where a test knows its family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from titanic_mlops.learning.model import Model, Trees


def trees_of(model: Model) -> Trees:
    assert isinstance(model.scorer, Trees)
    return model.scorer


def with_arrays(model: Model, **arrays: np.ndarray) -> Model:
    """Return the model with some of its trees' arrays replaced."""
    return replace(model, scorer=replace(trees_of(model), **arrays))  # type: ignore[arg-type] # only arrays
