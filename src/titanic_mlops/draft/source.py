"""The text of a draft: the module that declares the problem, formatted, with its guesses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap

from titanic_mlops.draft.columns import LITERAL, DraftColumn
from titanic_mlops.draft.layout import INDENT, WIDTH, Bracket, lines_of, literal
from titanic_mlops.draft.names import class_name
from titanic_mlops.draft.table import STANDARD, Draft
from titanic_mlops.problems.base.roles import REGRESSION

_MOST_EXAMPLE_VALUES = 30
_FEW_CATEGORIES = 6
_TYPES = ("Annotated", "Literal", "NotRequired", "TypedDict")


@dataclass(frozen=True, slots=True)
class Stated:
    """A guess or a column left out: the line of the declaration, the field, the sentence."""

    line: int
    field: str
    sentence: str


def source_of(draft: Draft) -> str:
    """Return the text of the module."""
    head = [*_docstring(draft), "", "from __future__ import annotations", "", *_imports(draft), ""]
    aliases = list(_aliases(draft))
    record = ["", *([""] if aliases else []), *_record(draft)]
    return "\n".join([*head, *aliases, *record, "", "", *_problem(draft)]) + "\n"


def stated(draft: Draft, source: str) -> Iterator[Stated]:
    """Yield the guesses with the lines of the source that they are about."""
    lines = source.splitlines()
    for column in draft.columns:
        line = 1 + next(
            i for i, text in enumerate(lines) if text.startswith(f"{INDENT}{column.name}: ")
        )
        for note in column.notes:
            yield Stated(line, column.name, note)
    if draft.date_note:
        line = 1 + next(i for i, text in enumerate(lines) if "=Dialect(" in text)
        yield Stated(line, "date_format", draft.date_note)


def _docstring(draft: Draft) -> Iterator[str]:
    target = _quiet(draft.target.column.header)
    file = _quiet(draft.facts.file)
    yield f'"""Rows of {file} -> {target}."""'


def _quiet(text: str) -> str:
    """Return text that a docstring may hold."""
    kept = "".join(c for c in text if c.isascii() and c.isprintable() and c not in "\\\"'`")
    return kept.strip()[:30] or "a table"


def _imports(draft: Draft) -> Iterator[str]:
    types = {column.type for column in draft.columns}
    if days := sorted(types & {"date", "datetime"}):
        yield f"from datetime import {', '.join(days)}"
    categories = ["Literal"] if LITERAL in types else []
    typing = sorted({"Annotated", "TypedDict", "NotRequired", *categories})
    yield f"from typing import {', '.join(typing)}"
    yield ""
    dialect = ["Dialect"] if _dialect_arguments(draft) else []
    features = {column.feature for column in draft.features}
    used = sorted({"Column", "Problem", *dialect, *features})
    flat = f"from titanic_mlops.problems.base import {', '.join(used)}"
    if len(flat) <= WIDTH:
        yield flat
    else:
        yield from lines_of(Bracket("(", used, ")"), "from titanic_mlops.problems.base import ", 0)


def _aliases(draft: Draft) -> Iterator[str]:
    """Yield names for long lists of categories, which would hide the record."""
    for column in draft.columns:
        if _has_alias(column):
            yield from lines_of(_categories(column), f"{_alias(column)} = ", 0)


def _has_alias(column: DraftColumn) -> bool:
    return len(column.categories) > _FEW_CATEGORIES


def _alias(column: DraftColumn) -> str:
    return f"{column.name[0].upper()}{column.name[1:]}Values"


def _categories(column: DraftColumn) -> Bracket:
    return Bracket("Literal[", [literal(category) for category in column.categories], "]")


def _record(draft: Draft) -> Iterator[str]:
    yield f"class {class_name(draft.facts.file.rpartition('.')[0])}(TypedDict):"
    yield f'{INDENT}"""One row of {_quiet(draft.facts.file)}; bounds of numbers leave head-room."""'
    yield ""
    for column in draft.columns:
        for note in column.notes:
            yield from _comment(note)
        long = any(len(literal(v)) > WIDTH // 2 for v in (column.header, column.description))
        lines = list(lines_of(_annotation(column), f"{column.name}: ", 1))
        yield from ((f"{t}  # noqa: E501" if long and len(t) > WIDTH else t) for t in lines)


def _comment(note: str, level: int = 1) -> Iterator[str]:
    margin = f"{INDENT * level}# "
    safe = "".join(c if c.isprintable() else "?" for c in note)
    yield from wrap(safe, WIDTH, initial_indent=margin, subsequent_indent=margin)


def _annotation(column: DraftColumn) -> Bracket:
    arguments = {"description": column.description, **column.arguments}
    if column.header.strip().casefold() != column.name.casefold():
        arguments["header"] = column.header
    written = [f"{name}={literal(value)}" for name, value in arguments.items()]
    kind = _type(column)
    annotated = Bracket("Annotated[", [kind, Bracket("Column(", written, ")")], "]")
    return Bracket("NotRequired[", [annotated], "]") if column.optional else annotated


def _type(column: DraftColumn) -> Bracket | str:
    tail = " | None" if column.nullable else ""
    if column.type != LITERAL:
        return f"{column.type}{tail}"
    if _has_alias(column):
        return f"{_alias(column)}{tail}"
    made = _categories(column)
    return Bracket(made.opening, made.arguments, made.closing, tail)


def _problem(draft: Draft) -> Iterator[str]:
    yield "PROBLEM = Problem("
    target, facts = draft.target, draft.facts
    yield f"{INDENT}name={literal(draft.name)},"
    what = target.column.description
    verb = "Estimate" if target.task == REGRESSION else "Predict"
    yield f"{INDENT}title={literal(f'{verb} {what}'[:60])},"
    yield f"{INDENT}record={class_name(facts.file.rpartition('.')[0])},"
    yield f"{INDENT}task={literal(target.task)},"
    for role, name in (("key", draft.key), ("split_key", draft.split_key)):
        if name:
            yield f"{INDENT}{role}={literal(name)},"
    yield f"{INDENT}target={literal(target.column.name)},"
    if target.labels:
        labels = Bracket("(", [literal(label) for label in target.labels], ")")
        yield from lines_of(labels, "target_labels=", 1, ",")
    if target.transform:
        yield f"{INDENT}target_transform={literal(target.transform)},"
    features = Bracket("(", list(map(_feature, draft.features)), ")")
    yield from lines_of(features, "features=", 1, ",")
    yield from _dialect(draft)
    if facts.repeated:
        yield from _comment("Left out: columns whose name is there more than once.")
        yield f"{INDENT}ignored={literal(facts.repeated)},"
    yield from _example(draft)
    yield f"{INDENT}source={literal(facts.file)},"
    yield ")"


def _feature(column: DraftColumn) -> Bracket:
    arguments = [literal(column.name)]
    if column.type == "datetime":
        arguments.append('("year", "month", "weekday", "hour")')
    return Bracket(f"{column.feature}(", arguments, ")")


def _dialect(draft: Draft) -> Iterator[str]:
    if draft.date_note:
        yield from _comment(draft.date_note)
    if arguments := _dialect_arguments(draft):
        yield from lines_of(Bracket("Dialect(", arguments, ")"), "dialect=", 1, ",")


def _dialect_arguments(draft: Draft) -> list[str]:
    facts = draft.facts
    said = {
        "delimiter": facts.delimiter if facts.delimiter != "," else "",
        "decimal": facts.decimal if facts.decimal != "." else "",
        "date_format": draft.dates if draft.dates not in STANDARD else "",
        "datetime_format": draft.times if draft.times not in STANDARD else "",
    }
    return [f"{name}={literal(value)}" for name, value in said.items() if value]


def _example(draft: Draft) -> Iterator[str]:
    columns = draft.features
    if len(columns) > _MOST_EXAMPLE_VALUES:
        return
    values = [f"{literal(c.name)}: {literal(c.example)}" for c in columns]
    examples = Bracket("(", [Bracket("{", values, "}")], ")")
    yield from lines_of(examples, "examples=", 1, ",")
