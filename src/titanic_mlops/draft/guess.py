"""What one column is: its type, bounds, categories and the feature that reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from titanic_mlops.draft.columns import LITERAL, SET, Answers, DraftColumn, Question
from titanic_mlops.draft.dates import date_formats, has_clock, iso_text
from titanic_mlops.draft.facts import ColumnFacts
from titanic_mlops.draft.names import description_of, unit_of
from titanic_mlops.draft.ranges import bounds_of
from titanic_mlops.draft.roles import words_of
from titanic_mlops.draft.scales import in_order, yes_or_no
from titanic_mlops.draft.sets import separator_of
from titanic_mlops.rules.values import FLOAT

NUMBER, CLASS = "number", "class"
FEWEST_CATEGORIES, CATEGORY_SHARE, MOST_CATEGORIES = 20, 0.05, 50
"""Up to max(20, 5 % of the rows) texts are categories; 50 at most, which is what a model reads."""
FEW_NUMBERS = 10
LONGEST_CATEGORY = 60
_DEFAULT_LENGTH = 200
_TEXT_WORDS = 3
_SENTINELS = (-1, -9, -99, -999, -9999)
_REPEATS = 2
_NUMBER_SHARE = 0.2
"""Text of which so many cells are numbers is worth a note."""


def guess(facts: ColumnFacts, name: str, answers: Answers) -> DraftColumn:
    """Return the column as a declaration would write it."""
    plain, unit = unit_of(facts.header) if facts.is_number else (facts.header, "")
    column = DraftColumn(
        name=name,
        header=facts.header,
        description=description_of(plain) or name,
        type="str",
        nullable=facts.missing > 0,
        arguments={"unit": unit} if unit else {},
    )
    if facts.distinct <= 1:
        return _constant(column, facts)
    if facts.is_number:
        if answers.get(facts.header) == CLASS:
            return _categories(column, facts, tuple(sorted(facts.texts, key=float)))
        return _number(column, facts)
    return _date(column, facts) or _text(column, facts)


def question_about(facts: ColumnFacts) -> Question | None:
    """Return what to ask of a column of few whole numbers."""
    if not _is_few_numbers(facts):
        return None
    shown = ", ".join(sorted(facts.texts, key=float))
    choices = ((NUMBER, "a number, or an order"), (CLASS, "classes without an order"))
    return Question(facts.header, f"{facts.header} holds {shown}. What is it?", choices)


def most_categories(rows: int) -> int:
    """Return how many different texts are still categories."""
    return min(MOST_CATEGORIES, max(FEWEST_CATEGORIES, int(CATEGORY_SHARE * rows)))


def _constant(column: DraftColumn, facts: ColumnFacts) -> DraftColumn:
    what = "no row has a value" if not facts.distinct else "every value is the same"
    note = f"Left out of the features: {what}."
    kind = ("int" if facts.is_whole else "float") if facts.is_number else "str"
    return replace(column, type=kind, nullable=True, optional=True, notes=(note,))


def _number(column: DraftColumn, facts: ColumnFacts) -> DraftColumn:
    arguments, notes, low = dict(column.arguments), list(column.notes), facts.low
    is_sentinel = low in _SENTINELS and facts.second >= 0
    if is_sentinel and (facts.lowest_count > 1 or low < -1):
        arguments["unknown"] = (low,)
        low = facts.second
        notes.append(f"Guess: {facts.low:g} means that the value is unknown.")
    lowest, highest = bounds_of(replace(facts, low=low))
    if {low, facts.high} == {0, 1} and facts.is_whole:
        lowest, highest = 0, 1
    elif _is_few_numbers(facts):
        notes.append(
            f"Guess: {facts.distinct} different whole numbers are a quantity or an order; for "
            f"classes write Literal[{_quoted(facts)}] and OneHot."
        )
    arguments |= {"minimum": lowest, "maximum": highest}
    whole = facts.is_whole
    return replace(
        column,
        type="int" if whole else "float",
        nullable=column.nullable or "unknown" in arguments,
        arguments=arguments,
        notes=tuple(notes),
        feature="Numeric",
        example=round(facts.median) if whole else facts.median,
    )


def _is_few_numbers(facts: ColumnFacts) -> bool:
    is_flag = {facts.low, facts.high} == {0, 1}
    return facts.is_whole and _REPEATS <= facts.distinct <= FEW_NUMBERS and not is_flag


def _date(column: DraftColumn, facts: ColumnFacts) -> DraftColumn | None:
    if facts.zero_led and facts.numbers == facts.present:
        return None
    forms = date_formats(facts.texts)
    if not forms:
        return None
    clock = has_clock(forms[0])
    return replace(
        column,
        type="datetime" if clock else "date",
        forms=forms,
        feature="DateParts",
        example=iso_text(facts.texts[0], forms[0]),
    )


def _text(column: DraftColumn, facts: ColumnFacts) -> DraftColumn:
    if pair := yes_or_no(facts.texts):
        words = {"words": pair} if pair != ("false", "true") else {}
        return replace(column, type="bool", arguments=words, feature="Numeric", example=True)
    if separator := separator_of(facts):
        note = f'Guess: "{separator}" stands between the members of a set.'
        length = {"separator": separator} if separator != "|" else {}
        return replace(
            column,
            type=SET,
            arguments={**length, **_length(facts)},
            notes=(note,),
            feature="Members",
            example=sorted({part.strip() for part in facts.texts[0].split(separator)} - {""}),
        )
    column = replace(column, notes=tuple(_doubts(facts)))
    few = facts.distinct <= min(most_categories(facts.rows), facts.present // _REPEATS)
    if few and facts.longest <= LONGEST_CATEGORY and all(t.isprintable() for t in facts.texts):
        return _categories(column, facts, ())
    return _free_text(column, facts)


def _categories(column: DraftColumn, facts: ColumnFacts, ordered: tuple[str, ...]) -> DraftColumn:
    order = in_order(facts.texts)
    note = "Guess: files hold no other category; a row with another one is rejected."
    if order:
        note = "Guess: the categories are in this order, and files hold no other."
    return replace(
        column,
        type=LITERAL,
        categories=order or ordered or tuple(sorted(facts.texts)),
        notes=(*column.notes, note),
        feature="Ordered" if order else "OneHot",
        arguments={},
        example=facts.texts[0],
    )


def _free_text(column: DraftColumn, facts: ColumnFacts) -> DraftColumn:
    column = replace(column, arguments=_length(facts))
    texts = facts.texts[:1000]
    words = [words_of(text) for text in texts]
    if sum(map(len, words)) >= _TEXT_WORDS * len(words):
        note = "Guess: free text, read word by word."
        example = min(texts, key=len)
        return replace(column, notes=(*column.notes, note), feature="Words", example=example)
    if facts.distinct * _REPEATS > facts.present:
        note = "Left out of the features: hardly a value repeats."
        return replace(column, notes=(*column.notes, note))
    note = f"Guess: {facts.distinct} different texts, of which the frequent ones are read."
    return replace(column, notes=(*column.notes, note), feature="OneHot", example=texts[0])


def _doubts(facts: ColumnFacts) -> Iterator[str]:
    if facts.grouped and facts.numbers + facts.grouped == facts.present:
        yield "Guess: text, because of thousands separators; remove them to have numbers."
    elif facts.numbers > _NUMBER_SHARE * facts.present and facts.numbers < facts.present:
        other = next((text for text in facts.texts if not _is_number(text)), "")
        yield f"Guess: text, because not every value is a number, as in {other[:20]!r}."
    elif facts.zero_led:
        yield "Guess: codes, because a number does not begin with 0."
    if facts.worded:
        yield f"Guess: {facts.worded} words such as NA or None mean that the value is missing."


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(FLOAT, text.replace(",", ".")))


def _length(facts: ColumnFacts) -> dict[str, object]:
    if facts.longest * 2 <= _DEFAULT_LENGTH:
        return {}
    return {"max_length": -(-facts.longest * 2 // 100) * 100}


def _quoted(facts: ColumnFacts) -> str:
    return ", ".join(f'"{text}"' for text in sorted(facts.texts, key=float))
