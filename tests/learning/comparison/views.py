"""Hand-made views of the holdout, and which checks of a comparison they fail."""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.comparison import Comparison
from titanic_mlops.learning.holdout import View
from titanic_mlops.learning.model import Floats

N = 1000
MEN = np.arange(N) < 40


def view(labels: Floats, challenger: Floats, champion: Floats | None = None) -> View:
    return View("whole", "", labels, challenger, champion, (("Sex=male", MEN[: len(labels)]),))


def failed(comparison: Comparison, scored: View) -> set[str]:
    checks = list(comparison.checks(scored))
    assert all(check.name.startswith("whole: ") for check in checks)
    return {check.name.removeprefix("whole: ") for check in checks if not check.passed}
