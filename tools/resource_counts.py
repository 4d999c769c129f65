"""How many resources `terraform plan` makes for four problems, by the variable `endpoint`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.infrastructure.workplace import Workplace

OTHERS = ("diamonds", "movies", "salary")
"""The problems that are planned beside the first one."""
FORMS = ("each", "shared")
Counts = Mapping[tuple[int, str], Counter[str]]


def planned_counts(place: Workplace) -> Counts:
    """Return how many resources of each type there are, by number of problems and endpoint."""
    return {(1 + len(OTHERS), form): _planned(place, form) for form in FORMS}


def count_table(counts: Counts) -> Iterator[str]:
    """Yield the lines of the table: a row a type, a column a plan."""
    heads = (f"{number} problem{'s' if number > 1 else ''}, {form}" for number, form in counts)
    yield f"| type | {' | '.join(heads)} |"
    yield f"| --- |{' --- |' * len(counts)}"
    for kind in sorted({kind for one in counts.values() for kind in one}):
        yield f"| `{kind}` | {' | '.join(str(one[kind]) for one in counts.values())} |"
    totals = (f"**{sum(one.values())}**" for one in counts.values())
    yield f"| **together** | {' | '.join(totals)} |"


def _planned(place: Workplace, form: str) -> Counter[str]:
    problems = {"titanic": {"names_prefix": ""}, **{name: {} for name in OTHERS}}
    said = ("-var", f"problems={json.dumps(problems)}", "-var", f"endpoint={form}")
    changes = place.plan("-refresh=false", *said)["resource_changes"]
    made = (one for one in changes if one["mode"] == "managed" and one["change"]["after"])
    return Counter(one["type"] for one in made)
