"""A card is read by code that is older or newer than the code that wrote it."""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from typing import Any

import pytest

from titanic_mlops.card import FIRST_FORMAT, Card, Snapshot, StoredFile
from titanic_mlops.errors import ModelDamaged

FORMER_FIELDS = {
    *("version", "problem", "created_at", "model", "schema_sha256", "snapshot", "split_salt"),
    *("code_version", "libraries", "parameters", "metrics", "verdict", "key", "target", "task"),
}
"""What the readers know that took an unknown field for damage."""


def card() -> Card:
    return Card(
        version=3,
        problem="titanic",
        created_at="2024-05-01T12:00:00+00:00",
        model={"model.npz": StoredFile("ab", 2)},
        schema_sha256="cd",
        snapshot=Snapshot("ef", 9, {"TRAIN": 9}, {"f": 9}, 1, 4),
        split_salt="titanic",
        code_version="abc",
        libraries={},
        parameters={},
        metrics={"TEST": {"auc": 0.8}},
        verdict={"sentence": "Promoted."},
        key="PassengerId",
        target="Survived",
        task="classification",
    )


def content(data: bytes) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(data)
    del stored["card_sha256"]
    return stored


def signed(stored: dict[str, Any]) -> bytes:
    """Return a card as any version writes it: its content, and the sha256 of all of that."""
    digest = sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
    return json.dumps(stored | {"card_sha256": digest}).encode()


def test_a_card_of_the_former_version_is_read() -> None:
    """Its content is written out here: it must not follow what the code does now."""
    former = content(card().to_bytes())
    assert former.keys() == FORMER_FIELDS
    read = Card.from_bytes(signed(former), "card.json")
    assert (read, read.format) == (card(), FIRST_FORMAT)


def test_missing_fields_get_their_defaults() -> None:
    older = content(card().to_bytes())
    for name in ("key", "target", "task"):
        del older[name]
    del older["snapshot"]["taken"]
    read = Card.from_bytes(signed(older), "card.json")
    assert (read.key, read.target, read.task, read.snapshot.taken) == ("", "", "", 0)


def test_unknown_fields_of_a_newer_card_are_ignored() -> None:
    newer = content(card().to_bytes()) | {"format": 99, "mood": {"of": ["the", "model"]}}
    newer["snapshot"] |= {"weather": "fair"}
    newer["model"]["model.npz"] |= {"colour": "blue"}
    read = Card.from_bytes(signed(newer), "card.json")
    assert read.format == 99
    assert read.snapshot == card().snapshot
    assert {one.name for one in fields(Card)} >= set(FORMER_FIELDS)


def test_a_changed_unknown_field_is_damage() -> None:
    """The sha256 covers what this code does not understand, too."""
    newer = signed(content(card().to_bytes()) | {"mood": "good"})
    with pytest.raises(ModelDamaged, match="its sha256 differs"):
        Card.from_bytes(newer.replace(b"good", b"evil"), "card.json")


@pytest.mark.parametrize("name", ["version", "model", "snapshot"])
def test_a_missing_field_without_default_is_damage(name: str) -> None:
    lacking = content(card().to_bytes())
    del lacking[name]
    with pytest.raises(ModelDamaged, match="not a readable card"):
        Card.from_bytes(signed(lacking), "card.json")
