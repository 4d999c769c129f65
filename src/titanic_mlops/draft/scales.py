"""Words that are yes or no, and words that have an order, in several languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable

YES_OR_NO = (
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("nein", "ja"),
    ("n", "j"),
    ("falsch", "wahr"),
    ("non", "oui"),
    ("faux", "vrai"),
    ("no", "si"),
    ("no", "sí"),
    ("nee", "ja"),
    ("nao", "sim"),
    ("não", "sim"),
    ("off", "on"),
    ("absent", "present"),
    ("negative", "positive"),
)
SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("low", "moderate", "high"),
    ("small", "medium", "large"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("very poor", "poor", "fair", "average", "good", "very good", "excellent"),
    ("bad", "ok", "good"),
    ("fair", "good", "very good", "premium", "ideal"),
    ("j", "i", "h", "g", "f", "e", "d"),
    ("i1", "si2", "si1", "vs2", "vs1", "vvs2", "vvs1", "if"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("none", "mild", "moderate", "severe"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("first", "second", "third", "fourth"),
    ("bronze", "silver", "gold", "platinum"),
    ("beginner", "intermediate", "advanced", "expert"),
    ("junior", "senior"),
    ("primary", "secondary", "tertiary"),
    ("sehr niedrig", "niedrig", "mittel", "hoch", "sehr hoch"),
    ("klein", "mittel", "groß"),
    ("gering", "mittel", "hoch"),
    ("schlecht", "mittel", "gut", "sehr gut"),
    ("nie", "selten", "manchmal", "oft", "immer"),
    ("bajo", "medio", "alto"),
    ("faible", "moyen", "élevé"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    (
        *("january", "february", "march", "april", "may", "june", "july", "august"),
        *("september", "october", "november", "december"),
    ),
)
_FEWEST = 3


def yes_or_no(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the texts as (no, yes) if they are a known pair of such words."""
    by_word = {text.casefold(): text for text in texts}
    for no, yes in YES_OR_NO:
        if by_word.keys() == {no, yes}:
            return by_word[no], by_word[yes]
    return None


def in_order(texts: Collection[str]) -> tuple[str, ...]:
    """Return the texts in the order of a scale that has them all; empty if there is none."""
    by_word = {" ".join(text.casefold().replace("_", " ").split()): text for text in texts}
    if len(by_word) < _FEWEST or len(by_word) < len({*texts}):
        return ()
    for scale in SCALES:
        if by_word.keys() <= set(scale):
            return tuple(by_word[word] for word in scale if word in by_word)
    return ()
