"""A model's two files: the arrays as .npz, and all else as JSON. The former format is read, too."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import ModelDamaged
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.intervals import interval_from_json
from titanic_mlops.learning.model.linear import Linear
from titanic_mlops.learning.model.trees import Trees

FORMAT, FORMER = 2, 1
_KINDS: dict[str, type[Trees | Linear]] = {"trees": Trees, "linear": Linear}
_MISMATCH = "The shapes or types of the arrays in the model file do not match."


def write_files(described: dict[str, Any], scorer: Trees | Linear) -> tuple[bytes, bytes]:
    """Return the arrays of a scorer as .npz and the rest as JSON."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **scorer.arrays())
    family = next(name for name, kind in _KINDS.items() if isinstance(scorer, kind))
    whole = {"format": FORMAT, "family": family, **described}
    return buffer.getvalue(), (json.dumps(whole, indent=1) + "\n").encode()


def read_files(arrays: bytes, description: bytes) -> dict[str, Any]:
    """Return the parts of the model that `write_files`, of this or the former format, wrote.

    Raises:
        ModelDamaged: the format is unknown, or arrays do not match it; other damage raises other
            exceptions.
    """
    described: dict[str, Any] = json.loads(description)
    found = described.pop("format")
    if found not in (FORMAT, FORMER):
        raise ModelDamaged(
            f"The model file has format {found!r}; this code reads format {FORMAT} and {FORMER}."
        )
    with np.load(io.BytesIO(arrays), allow_pickle=False) as loaded:
        stored = {name: loaded[name] for name in loaded.files}
    if found == FORMER:
        described, stored = _from_former(described, stored)
    parts: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in described.items()
    }
    parts |= {name: tuple(map(float, parts[name])) for name in ("start", "baseline")}
    kind = _KINDS[parts.pop("family")]
    sizes: dict[str, Any] = {"n_scores": len(parts["start"]), "n_players": len(parts["players"])}
    parts["encoder"] = Encoder.from_json(parts["encoder"])
    parts["interval"] = interval_from_json(parts["interval"])
    return parts | {"scorer": kind(**stored, **sizes)}


def _from_former(
    described: dict[str, Any], stored: dict[str, NDArray[Any]]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return a model of format 1 as one of today.

    It has one score, and its `contribution` (T, 128, P) is dense: a tree reads the players whose
    values are not all 0.
    """
    columns, dense = described.pop("columns"), stored.pop("contribution")
    if dense.shape != (*stored["value"].shape, len(columns)) or dense.dtype != np.float64:
        raise ModelDamaged(_MISMATCH)
    player, tree = np.nonzero(dense.any(axis=1).T)  # sorted by player
    described |= {
        "family": "trees",
        "players": columns,
        "start": [described["start"]],
        "baseline": [described["baseline"]],
    }
    contribution = np.ascontiguousarray(dense[tree, :, player])
    return described, {**stored, "tree": tree, "player": player, "contribution": contribution}
