"""How long no model was promoted: monitor_model logs it, and an alert reads the log."""

from __future__ import annotations

from datetime import datetime

from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.tables import statements as sql


def days_without_promotion(problem: Problem, ports: Ports) -> int | None:
    """Return the whole days since the last promotion, or since the first file if there was none.

    None if no file has come yet. A rollback is no promotion.
    """
    history = Registry(ports.storage, problem.name).champion().history
    promotions = [datetime.fromisoformat(move.since) for move in history if move.verb == "promote"]
    since = max(promotions, default=None) or _first_file(ports)
    return None if since is None else (ports.clock.now() - since).days


def _first_file(ports: Ports) -> datetime | None:
    rows = ports.warehouse.query(sql.FIRST_FILE).to_pylist()
    return rows[0]["entered_at"] if rows else None
