"""Turn a snapshot into a fitted estimator, and the estimator into the served artefact."""

from titanic_mlops.learning.training.fit import records_of, train

__all__ = ["records_of", "train"]
