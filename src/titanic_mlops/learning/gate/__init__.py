"""Challenger against champion, both as exported artefacts, on one frozen holdout."""

from titanic_mlops.learning.gate.judge import figures, judge
from titanic_mlops.learning.gate.verdict import Check, Verdict, refusal

__all__ = ["Check", "Verdict", "figures", "judge", "refusal"]
