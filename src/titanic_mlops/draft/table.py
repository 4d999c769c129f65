"""From the facts of a table to its draft: the columns in order, their roles, what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from titanic_mlops.draft.columns import Answers, DraftColumn, Question
from titanic_mlops.draft.date_order import DATES, DAY, MONTH, date_forms, is_ambiguous, is_settled
from titanic_mlops.draft.dates import ISO_DATE, ISO_TIME, has_clock
from titanic_mlops.draft.facts import ColumnFacts, TableFacts
from titanic_mlops.draft.guess import guess, question_about
from titanic_mlops.draft.names import field_names
from titanic_mlops.draft.roles import is_personal, key_of, split_key_of
from titanic_mlops.draft.target import (
    Target,
    draft_target,
    find_target,
    refuse_target,
    target_question,
)
from titanic_mlops.errors import DraftRefused

MOST_QUESTIONS = 10
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """All that a declaration says; `dates` and `times` are formats, `notes` stand beside them."""

    name: str
    facts: TableFacts
    columns: tuple[DraftColumn, ...]
    target: Target
    key: str
    split_key: str
    dates: str = ""
    times: str = ""
    date_note: str = ""

    @property
    def features(self) -> tuple[DraftColumn, ...]:
        """Return the columns that the model reads."""
        return tuple(column for column in self.columns if column.feature)


def questions(facts: TableFacts, target: str) -> Iterator[Question]:
    """Yield what the file does not say and a person may know, the target's question first.

    Raises:
        DraftRefused: there is no such target.
    """
    of_target = find_target(target, facts)
    if asked := target_question(of_target):
        yield asked
    others = [column for column in facts.columns if column is not of_target]
    guessed = [guess(column, "any", {}) for column in others]
    unsure = (c for c in guessed if is_ambiguous(c) and not is_settled(c, guessed))
    if found := next(unsure, None):
        text = f"In {found.header}, is {_texts(others, found)[0]} written with the day first?"
        yield Question(DATES, text, ((DAY, "the day first"), (MONTH, "the month first")))
    key = key_of(others)
    asked_columns = [q for c in others if c.header != key and (q := question_about(c))]
    yield from asked_columns[:MOST_QUESTIONS]


def draft(
    facts: TableFacts,
    target: str,
    name: str,
    *,
    answers: Answers | None = None,
    left_out: Mapping[str, str] | None = None,
) -> Draft:
    """Return the draft of the problem `name`; `left_out` gives fields that leak, and why.

    Raises:
        DraftRefused: there is no such target, it cannot be learned, or no column predicts it.
    """
    answers, left_out = answers or {}, left_out or {}
    of_target = find_target(target, facts)
    names = field_names(column.header for column in facts.columns)
    guessed = [
        guess(column, name, answers if column is not of_target else {})
        for column, name in zip(facts.columns, names, strict=True)
    ]
    place = facts.columns.index(of_target)
    refuse_target(of_target, guessed[place], facts.file)
    answer = draft_target(of_target, guessed[place], answers)
    others = [column for column in facts.columns if column is not of_target]
    key = key_of(others)
    split_key = split_key_of(others, key)
    dates, times, note = date_forms(guessed, answers)
    columns = [
        answer.column
        if column is of_target
        else _with_role(_with_format(one, dates, times), column, key, split_key, left_out)
        for column, one in zip(facts.columns, guessed, strict=True)
    ]
    if not any(column.feature for column in columns):
        raise DraftRefused(
            f"{facts.file}: no column is left to predict {of_target.header} from: "
            f"{_left_out(facts, of_target, columns)}."
        )
    by_header = {column.header: column.name for column in columns}
    return Draft(
        name=name,
        facts=facts,
        columns=tuple(columns),
        target=answer,
        key=by_header.get(key, ""),
        split_key=by_header.get(split_key, ""),
        dates=dates,
        times=times,
        date_note=note,
    )


def _left_out(facts: TableFacts, target: ColumnFacts, columns: Sequence[DraftColumn]) -> str:
    """Return why each column but the target is none that predicts it, for the first few."""
    reasons = [
        f"{column.header}: {' '.join(column.notes).rstrip('.') or 'its values hardly repeat'}"
        for column in columns
        if column.header != target.header
    ]
    reasons += [f"{name}: more than one column has this name" for name in facts.repeated]
    more = f"; and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    return "; ".join(reasons[:_SHOWN]) + more


def _with_role(
    column: DraftColumn,
    facts: ColumnFacts,
    key: str,
    split_key: str,
    left_out: Mapping[str, str],
) -> DraftColumn:
    """Return the column without its feature where it is a key, personal, or contains the answer."""
    if facts.header in (key, split_key):
        note = "Guess: it identifies a row."
        if facts.header == split_key:
            note = "Guess: rows with the same value belong together, on one side of the split."
        return _identifier(column, facts, note)
    if is_personal(facts):
        note = "Guess: it identifies a person, by its name; left out of the features."
        if column.type == "str":
            column = replace(column, arguments={**column.arguments, "personal": True})
        return _unread(column, (note,))
    if reason := left_out.get(column.name):
        return _unread(column, (*column.notes, f"Left out of the features: {reason}"))
    return column if column.feature else _unread(column, column.notes)


def _identifier(column: DraftColumn, facts: ColumnFacts, note: str) -> DraftColumn:
    whole = facts.is_whole
    bounds: dict[str, object] = {"minimum": 0 if facts.low >= 0 else facts.low * 10}
    kept = {n: value for n, value in column.arguments.items() if n == "max_length"}
    return replace(
        column,
        type="int" if whole else "str",
        categories=(),
        arguments=bounds if whole else kept,
        nullable=False,
        optional=True,
        feature="",
        notes=(note,),
    )


def _unread(column: DraftColumn, notes: tuple[str, ...]) -> DraftColumn:
    return replace(column, feature="", optional=True, nullable=True, notes=notes)


def _with_format(column: DraftColumn, dates: str, times: str) -> DraftColumn:
    """Return a date that the file's one format reads, else the column as text."""
    if not column.forms or (times if has_clock(column.forms[0]) else dates) in column.forms:
        return column
    note = "Guess: text, because another column writes dates in another format."
    return replace(column, type="str", forms=(), feature="", notes=(note,))


def _texts(columns: list[ColumnFacts], found: DraftColumn) -> tuple[str, ...]:
    return next(column.texts for column in columns if column.header == found.header)


STANDARD = (ISO_DATE, ISO_TIME)
"""Formats that a declaration need not name."""
