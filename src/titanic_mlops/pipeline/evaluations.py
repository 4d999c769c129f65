"""The rows of `evaluations`: every verdict; one that says "promoted" for each move of the gate."""

from __future__ import annotations

import json
from hashlib import sha256

from titanic_mlops.card import Card, Snapshot
from titanic_mlops.champion import GATE, Champion
from titanic_mlops.learning.verdict import Verdict
from titanic_mlops.ports import Ports, Value
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import EVALUATIONS

_INSERT = sql.insert_once(EVALUATIONS, unless_equal=("evaluation_id",))


def keep_verdict(
    ports: Ports,
    verdict: Verdict,
    *,
    snapshot: Snapshot,
    card: Card | None = None,
    champion: Champion | None = None,
) -> None:
    """Store a verdict that promoted nothing; the same comparison is stored once."""
    digest = card.model["model.npz"].sha256 if card else ""
    against = champion or Champion()
    compared = f"{snapshot.sha256}:{digest}:{against.number}:{verdict.sentence}"
    _insert(
        ports,
        compared.encode(),
        {
            "snapshot": snapshot.sha256,
            "challenger": card.version if card else None,
            "champion": against.version or None,
            "promoted": False,
            "sentence": verdict.sentence,
            "verdict": json.dumps(verdict.to_json() | {"promoted": False}),
        },
    )


def keep_move(
    ports: Ports, champion: Champion, snapshot: Snapshot, verdict: Verdict | None = None
) -> None:
    """Store the verdict behind the gate's last move, once; after a crash only its sentence is left.

    A person's move has no verdict; one without a counter was stored by the version before.
    """
    move = champion.history[-1]
    if move.by != GATE or not move.taken:
        return
    kept = verdict.to_json() if verdict else {"promoted": True, "sentence": move.why}
    _insert(
        ports,
        move.to_bytes(),
        {
            "snapshot": snapshot.sha256,
            "challenger": move.version,
            "champion": move.expected or None,
            "promoted": True,
            "sentence": move.why,
            "verdict": json.dumps(kept),
        },
    )


def _insert(ports: Ports, identity: bytes, row: dict[str, Value]) -> None:
    told: dict[str, Value] = {
        "evaluation_id": sha256(identity).hexdigest(),
        "evaluated_at": ports.clock.now(),
    }
    ports.warehouse.execute(_INSERT, told | row)
