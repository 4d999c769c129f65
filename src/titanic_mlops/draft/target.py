"""What is predicted: the target's type and classes, and whether it can be learned at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

from titanic_mlops.draft.columns import LITERAL, Answers, DraftColumn, Question
from titanic_mlops.draft.facts import ColumnFacts, TableFacts
from titanic_mlops.draft.guess import CLASS, NUMBER
from titanic_mlops.draft.names import field_names
from titanic_mlops.draft.ranges import bounds_of, round_down
from titanic_mlops.draft.scales import in_order, yes_or_no
from titanic_mlops.errors import DraftRefused
from titanic_mlops.problems.base.roles import (
    CLASSIFICATION,
    MOST_CLASSES,
    MULTICLASS,
    REGRESSION,
    Task,
)

_TWO = 2
_SKEWED = 5
"""A target whose largest value is so many times its median is learned as its logarithm."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Target:
    """The target's column, the task, and what else a declaration says of answers."""

    column: DraftColumn
    task: Task
    labels: tuple[str, ...] = ()
    transform: str = ""


def find_target(name: str, table: TableFacts) -> ColumnFacts:
    """Return the facts of the column with that header, in any case, or of that field.

    Raises:
        DraftRefused: there is none, or the header holds it more than once.
    """
    columns, file = table.columns, table.file
    by_name = {column.header.strip().casefold(): column for column in columns}
    fields = field_names(column.header for column in columns)
    by_field = {field.casefold(): column for field, column in zip(fields, columns, strict=True)}
    wanted = name.strip().casefold()
    if found := by_name.get(wanted) or by_field.get(wanted):
        return found
    if wanted in {header.strip().casefold() for header in table.repeated}:
        raise DraftRefused(
            f"{file} has more than one column {name!r}; give each its own name in the header."
        )
    close = get_close_matches(name.strip().casefold(), by_name, n=1)
    headers = [column.header for column in columns]
    more = ", …" if len(headers) > _SHOWN else ""
    known = f"the columns are {', '.join(headers[:_SHOWN])}{more}."
    right = f"did you mean {by_name[close[0]].header}?" if close else known
    raise DraftRefused(f"{file} has no column {name!r}; {right}")


def refuse_target(facts: ColumnFacts, column: DraftColumn, file: str) -> None:
    """Refuse a target that cannot be learned.

    Raises:
        DraftRefused: it is empty or constant, or each value is there once, or it is a date, or
            has too many classes.
    """
    found = f"{file}: the target {facts.header}"
    if not facts.present:
        raise DraftRefused(f"{found} is empty in every row; choose a column with values.")
    if facts.distinct == 1:
        raise DraftRefused(
            f"{found} is {facts.texts[0]!r} in every row, so there is nothing to predict; choose "
            "a column with several values."
        )
    if column.type in ("date", "datetime"):
        raise DraftRefused(f"{found} holds dates, which no task predicts; choose another column.")
    if facts.is_number:
        return
    if facts.grouped and facts.numbers + facts.grouped == facts.present:
        raise DraftRefused(
            f"{found} holds numbers with thousands separators; remove the separators."
        )
    if facts.distinct == facts.present:
        raise DraftRefused(
            f"{found} has {facts.distinct} classes with one row each, so there is nothing to "
            "learn; choose a column whose values repeat."
        )
    if facts.distinct > MOST_CLASSES:
        raise DraftRefused(
            f"{found} has {facts.distinct} classes; at most {MOST_CLASSES} can be learned. Merge "
            "rare ones, or choose another column."
        )


def target_question(facts: ColumnFacts) -> Question | None:
    """Return what to ask of a target of few whole numbers; the likelier task is named first."""
    if not facts.is_whole or not _TWO < facts.distinct <= MOST_CLASSES:
        return None
    shown = ", ".join(sorted(facts.texts, key=float))
    likely = CLASS if _is_consecutive(facts) else NUMBER
    choices = {CLASS: "classes", NUMBER: "a number (regression)"}
    ordered = sorted(choices.items(), key=lambda choice: choice[0] != likely)
    text = f"The target {facts.header} holds {shown}. What is it?"
    return Question(facts.header, text, tuple(ordered))


def draft_target(facts: ColumnFacts, column: DraftColumn, answers: Answers) -> Target:
    """Return the target as the declaration writes it; its rows may be unlabelled."""
    bare = replace(
        column, nullable=True, optional=True, feature="", arguments={}, notes=(), type=LITERAL
    )
    if not facts.is_number:
        return _words(facts, bare)
    if facts.distinct == _TWO:
        return _two_numbers(facts, bare)
    question = target_question(facts)
    default = question.choices[0][0] if question else NUMBER
    if question and answers.get(facts.header, default) == CLASS:
        return _numbered_classes(facts, bare, asked=facts.header in answers)
    known = replace(bare, arguments=_kept(column))
    if "unknown" in known.arguments:
        facts, known = replace(facts, low=facts.second), replace(known, notes=column.notes[:1])
    return _regression(facts, known, is_unsure=bool(question))


def _words(facts: ColumnFacts, column: DraftColumn) -> Target:
    pair = yes_or_no(facts.texts) if facts.distinct == _TWO else None
    classes = pair or in_order(facts.texts) or facts.texts
    column = replace(column, categories=classes)
    if len(classes) > _TWO:
        return Target(column, MULTICLASS)
    why = "" if pair else ", because the other one is more frequent"
    note = f"Guess: {classes[1]} is the class whose probability is answered{why}."
    return Target(replace(column, notes=(note,)), CLASSIFICATION)


def _two_numbers(facts: ColumnFacts, column: DraftColumn) -> Target:
    if facts.is_whole and (facts.low, facts.high) == (0, 1):
        note = "Guess: 0 is no and 1 is yes; write better words in target_labels."
        bounds = {"minimum": 0, "maximum": 1}
        column = replace(column, type="int", arguments=bounds, notes=(note,))
        return Target(column, CLASSIFICATION, ("no", "yes"))
    classes = tuple(sorted(facts.texts, key=float))
    note = f"Guess: two numbers are classes; {classes[1]} is the one whose probability is answered."
    return Target(replace(column, categories=classes, notes=(note,)), CLASSIFICATION)


def _numbered_classes(facts: ColumnFacts, column: DraftColumn, *, asked: bool) -> Target:
    note = 'Guess: the numbers are classes; for a number write task="regression" without labels.'
    column = replace(column, notes=() if asked else (note,))
    if not _is_consecutive(facts):
        return Target(replace(column, categories=tuple(sorted(facts.texts, key=float))), MULTICLASS)
    bounds = {"minimum": facts.low, "maximum": facts.high}
    labels = tuple(str(number) for number in range(int(facts.low), int(facts.high) + 1))
    return Target(replace(column, type="int", arguments=bounds), MULTICLASS, labels)


def _regression(facts: ColumnFacts, column: DraftColumn, *, is_unsure: bool) -> Target:
    lowest, highest = bounds_of(facts)
    skewed = facts.low > 0 and facts.high >= _SKEWED * facts.median
    notes = [*column.notes]
    if is_unsure:
        notes.append("Guess: the few whole numbers are a quantity, not classes.")
    if skewed:
        lowest = round_down(facts.low / 2, 1)
        if facts.is_whole:
            lowest = max(1, int(lowest))
        notes.append(
            "Guess: the largest value is far above the median, so the model learns the logarithm."
        )
    column = replace(
        column,
        type="int" if facts.is_whole else "float",
        arguments={**column.arguments, "minimum": lowest, "maximum": highest},
        notes=tuple(notes),
    )
    return Target(column, REGRESSION, transform="log" if skewed else "")


def _is_consecutive(facts: ColumnFacts) -> bool:
    return facts.low in (0, 1) and facts.high - facts.low == facts.distinct - 1


def _kept(column: DraftColumn) -> dict[str, object]:
    """Return the arguments that say the same of a target: its unit, what means unknown."""
    return {n: value for n, value in column.arguments.items() if n in ("unit", "unknown")}
