"""One column of a draft, and a question about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LITERAL, SET = "Literal", "list[str]"
"""Types of a column with categories, and of a set; other types are their name in Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftColumn:
    """Say how the declaration writes one column.

    `arguments` are those of `Column` besides the description. `feature` is the class that reads
    the column, empty where the model does not; `notes` are the comments above it. `forms` are
    the formats that read its dates. `example` is a typical value.
    """

    name: str
    header: str
    description: str
    type: str
    nullable: bool = False
    optional: bool = False
    categories: tuple[str, ...] = ()
    arguments: Mapping[str, object] = field(default_factory=dict)
    feature: str = ""
    notes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    example: object = None


@dataclass(frozen=True, slots=True)
class Question:
    """Ask what a column is where the file does not say; `choices` are keys with their meaning.

    The first choice is taken where there is no one to ask.
    """

    subject: str
    text: str
    choices: tuple[tuple[str, str], ...]


Answers = Mapping[str, str]
"""The chosen key of each answered question, by its subject."""
