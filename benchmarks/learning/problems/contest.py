"""One table, several models, the same splits: the figures of each, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from benchmarks.learning.problems.division import Division, Forecast
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.probabilities import sigmoid
from titanic_mlops.learning.training import train
from titanic_mlops.learning.training.fit import export, fit

OURS = "ours"
AUC, LOG_LOSS, ACCURACY = "AUC", "log-loss", "accuracy"
LOG_RMSE, MAE = "log-RMSE", "MAE"
TREES = "trees"

Figures = Mapping[tuple[str, str], float]
"""(model, metric) -> figure."""


def _nothing_more(_: Division, __: Model) -> dict[str, float]:
    return {}


@dataclass(frozen=True)
class Contest:
    """The models that meet on a table, besides ours; `more` measures what is special to it."""

    rivals: Mapping[str, Forecast]
    metrics: tuple[str, ...]
    more: Callable[[Division, Model], Mapping[str, float]] = _nothing_more


def figures_on(division: Division, contest: Contest) -> tuple[Figures, Mapping[str, float]]:
    """Fit every model on one division; return the figures on its holdout, and those of `more`."""
    model = train(division.problem, division.rows)
    forecasts = {OURS: forecast_of(model, division)}
    forecasts |= {name: forecast(division) for name, forecast in contest.rivals.items()}
    found = {
        (name, metric): figure
        for name, forecast in forecasts.items()
        for metric, figure in _metrics(division, forecast).items()
    }
    return found, contest.more(division, model)


def forecast_of(model: Model, division: Division) -> Floats:
    """Return what the served model answers for the holdout (n,)."""
    if division.problem.classes:
        return sigmoid(model.scores(division.holdout))
    return model.outputs(division.holdout)


def trees_by_default(division: Division) -> Floats:
    """Return the forecast of our trees where VALIDATION does not choose their number."""
    encoder, estimator = fit(division.problem, division.training)
    model = export(division.problem, encoder, estimator, division.training[:1])
    return forecast_of(model, division)


def steps_of(_: Division, model: Model) -> dict[str, float]:
    """Return the number of trees."""
    return {TREES: float(model.fitting["n_estimators"])}


def _metrics(division: Division, forecast: Floats) -> dict[str, float]:
    labels = division.labels
    if division.problem.classes:
        return {
            AUC: float(roc_auc_score(labels, forecast)),
            LOG_LOSS: float(log_loss(labels, forecast)),
            ACCURACY: float(accuracy_score(labels, forecast > 0.5)),  # noqa: PLR2004 even odds
        }
    ratios = np.log(labels) - np.log(np.maximum(forecast, 1))
    return {
        LOG_RMSE: float(np.sqrt((ratios**2).mean())),
        MAE: float(np.abs(labels - forecast).mean()),
    }
