"""Cells that hold a set: what stands between its members."""

from __future__ import annotations

from collections import Counter

from titanic_mlops.draft.facts import MOST_VALUES, ColumnFacts
from titanic_mlops.draft.roles import words_of

_SEPARATORS = ("|", ";", ",", "/")
_SHARE = 0.2
"""So many cells must hold the separator."""
_MOST_MEMBERS, _LONGEST_MEMBER, _MOST_WORDS = 200, 40, 3
_FEWEST_REPEATS = 4


def separator_of(facts: ColumnFacts) -> str:
    """Return what stands between the members of a set; empty where cells hold no sets."""
    if facts.distinct == MOST_VALUES:
        return ""
    for separator in _SEPARATORS:
        with_it = sum(count for text, count in facts.values if separator in text)
        if with_it < _SHARE * facts.present:
            continue
        members: Counter[str] = Counter()
        for text, count in facts.values:
            for part in {part.strip() for part in text.split(separator)} - {""}:
                members[part] += count
        longest = max(map(len, members), default=0)
        several = len(members) <= min(_MOST_MEMBERS, facts.distinct)
        repeated = sum(members.values()) >= _FEWEST_REPEATS * len(members)
        short = sum(len(words_of(m)) for m in members) <= _MOST_WORDS * len(members)
        if several and repeated and short and longest <= _LONGEST_MEMBER:
            return separator
    return ""
