"""One format of dates for a file, also where the day and the month may change places."""

from __future__ import annotations

from titanic_mlops.draft.columns import Answers, DraftColumn
from titanic_mlops.draft.dates import AMBIGUOUS, has_clock

DATES, DAY, MONTH = "dates", "day", "month"
"""The subject of the question about the order, and its answers."""


def date_forms(columns: list[DraftColumn], answers: Answers) -> tuple[str, str, str]:
    """Return one format of dates and one of times for the file, and a note on the first."""
    note = ""
    found = {False: "", True: ""}
    certain = [c.forms for c in columns if c.forms and not is_ambiguous(c)]
    unsure = [c.forms for c in columns if is_ambiguous(c)]
    for forms in [*certain, *unsure]:
        clock = has_clock(forms[0])
        if found[clock]:
            continue
        chosen = forms[0]
        if forms in unsure:
            chosen, month = _day_and_month(forms)
            chosen = month if answers.get(DATES) == MONTH else chosen
            if DATES not in answers:
                note = f'Guess: the day is written first; otherwise write "{month}".'
        found[clock] = chosen
    return found[False], found[True], note


def is_ambiguous(column: DraftColumn) -> bool:
    """Return whether its dates may be read with the day first and with the month first."""
    return any(_day_and_month(column.forms))


def is_settled(column: DraftColumn, others: list[DraftColumn]) -> bool:
    """Return whether another column of this type is written in one format only."""
    clock = has_clock(column.forms[0])
    certain = (c for c in others if c.forms and not is_ambiguous(c))
    return any(has_clock(c.forms[0]) == clock for c in certain)


def _day_and_month(forms: tuple[str, ...]) -> tuple[str, str]:
    for form in forms:
        day, _, clock = form.partition(" %H")
        rest = f" %H{clock}" if clock else ""
        if day in AMBIGUOUS and f"{AMBIGUOUS[day]}{rest}" in forms:
            return form, f"{AMBIGUOUS[day]}{rest}"
    return "", ""
