from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.learning.coverage import coverage_checks, covered
from titanic_mlops.learning.gate import figures, judge
from titanic_mlops.learning.intervals import Conformal
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import records_of
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST


@pytest.fixture
def holdout(flat_rows: pd.DataFrame) -> list[Record]:
    return records_of(flat_rows, TEST)


def test_an_honest_interval_passes_everywhere(flat_model: Model, holdout: list[Record]) -> None:
    mask = np.array([record["heating"] == "gas" for record in holdout])
    checks = list(coverage_checks(FLATS, flat_model, holdout, [("heating=gas", mask)]))
    assert [check.name for check in checks] == ["whole: coverage", "whole: coverage heating=gas"]
    assert all(check.passed for check in checks)
    found = covered(FLATS, flat_model, holdout)
    assert found is not None
    assert figures(FLATS, flat_model, holdout)["coverage"] == checks[0].found == found.mean()


def test_a_narrow_interval_is_rejected_by_the_gate(
    flat_model: Model, flat_rows: pd.DataFrame
) -> None:
    assert isinstance(flat_model.interval, Conformal)
    narrow = Conformal((0.6 * flat_model.interval.half[0],), (0.9,))
    verdict = judge(FLATS, replace(flat_model, interval=narrow), flat_rows)
    assert not verdict.promoted
    assert "its intervals hold" in verdict.sentence
    assert "of the true values instead of 90%" in verdict.sentence


def test_one_interval_that_is_narrow_for_a_class_is_found(
    flat_model: Model, holdout: list[Record]
) -> None:
    assert isinstance(flat_model.interval, Conformal)
    (half,) = flat_model.interval.half
    uneven = Conformal((10 * half, 0.3 * half, half), (0.9,) * 3, "area", (100.0,))
    checks = coverage_checks(FLATS, replace(flat_model, interval=uneven), holdout, [])
    passed = {check.name: check.passed for check in checks}
    assert passed["whole: coverage area below 100"]
    assert not passed["whole: coverage area from 100"]


def test_a_classification_has_no_coverage(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    assert covered(titanic, titanic_model, titanic_holdout) is None
    assert list(coverage_checks(titanic, titanic_model, titanic_holdout, [])) == []
