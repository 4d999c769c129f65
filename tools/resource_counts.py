"""How many resources `terraform plan` makes for several problems, by the variable `endpoint`."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tests.infrastructure.workplace import Workplace

OTHERS = ("diamonds", "movies", "salary")
"""The problems that are planned beside the first one."""
MOST = 10
"""Problems that one landing bucket can notify; those without a table of ours borrow one."""
PLANS = ((4, "each"), (4, "shared"), (MOST, "each"))
Counts = Mapping[tuple[int, str], Counter[str]]


def planned_counts(place: Workplace) -> Counts:
    """Return how many resources of each type there are, by number of problems and endpoint."""
    schemas = place.folder / "schemas"
    others = [*OTHERS, *(f"problem{number}" for number in range(2 + len(OTHERS), MOST + 1))]
    for name in others[len(OTHERS) :]:
        shutil.copytree(schemas / OTHERS[-1], schemas / name)
    return {(n, form): _planned(place, others[: n - 1], form) for n, form in PLANS}


def count_table(counts: Counts) -> Iterator[str]:
    """Yield the lines of the table: a row a type, a column a plan."""
    heads = (f"{number} problem{'s' if number > 1 else ''}, {form}" for number, form in counts)
    yield f"| type | {' | '.join(heads)} |"
    yield f"| --- |{' --- |' * len(counts)}"
    for kind in sorted({kind for one in counts.values() for kind in one}):
        yield f"| `{kind}` | {' | '.join(str(one[kind]) for one in counts.values())} |"
    totals = (f"**{sum(one.values())}**" for one in counts.values())
    yield f"| **together** | {' | '.join(totals)} |"


def _planned(place: Workplace, others: Sequence[str], form: str) -> Counter[str]:
    problems = {"titanic": {"names_prefix": ""}, **{name: {} for name in others}}
    said = ("-var", f"problems={json.dumps(problems)}", "-var", f"endpoint={form}")
    changes = place.plan("-refresh=false", *said)["resource_changes"]
    made = (one for one in changes if one["mode"] == "managed" and one["change"]["after"])
    return Counter(one["type"] for one in made)
