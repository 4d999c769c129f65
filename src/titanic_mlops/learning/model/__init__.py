"""The served artefact: plain arrays that score a record and explain the score, and their files."""

from titanic_mlops.learning.model.linear import Linear
from titanic_mlops.learning.model.model import JUDGED, LOG, Model, Reasons
from titanic_mlops.learning.model.trees import COMPARISONS, OUTCOMES, Floats, Trees

__all__ = [
    "COMPARISONS",
    "JUDGED",
    "LOG",
    "OUTCOMES",
    "Floats",
    "Linear",
    "Model",
    "Reasons",
    "Trees",
]
