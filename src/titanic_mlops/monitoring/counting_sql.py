"""The SELECT that counts the predictions of a window by the bins of a profile, in one scan.

Every facet is one CASE, and GROUPING SETS counts each of them by itself, so the result has a row
for each bin of each facet that occurs, and no row of a person. Texts and numbers are parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np

from titanic_mlops.monitoring.facets import MISSING, Counts, Facet
from titanic_mlops.ports import Value

NTH_PREDICTION = (
    "SELECT requested_at FROM predictions WHERE requested_at >= @since "
    "AND model_version = @version ORDER BY requested_at LIMIT 1 OFFSET @before"
)
"""When the window that began `@since` got one more than `@before` predictions of a version."""


def counting(
    facets: Sequence[Facet], *, since: datetime, until: datetime, version: int
) -> tuple[str, dict[str, Value]]:
    """Return the SELECT of the bins' counts, and its parameters.

    It counts the predictions of one version from `since` on and before `until`.
    """
    params: dict[str, Value] = {"since": since, "until": until, "version": version}
    names = [f"f{number}" for number in range(len(facets))]
    cases = [
        f"{_case(one, name, params)} AS {name}" for one, name in zip(facets, names, strict=True)
    ]
    sql = (
        f"SELECT {', '.join(names)}, COUNT(*) AS n FROM (SELECT {', '.join(cases)} "
        "FROM predictions WHERE requested_at >= @since AND requested_at < @until "
        "AND model_version = @version) "
        f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})"
    )
    return sql, params


def counts_of(
    facets: Sequence[Facet], rows: Iterable[Mapping[str, int | None]]
) -> tuple[Counts, ...]:
    """Return the counts (bins,) of each facet from the rows of that SELECT.

    A row has a bin in the column of its facet, and NULL in all others.
    """
    found = tuple(np.zeros(facet.bins, dtype=np.int64) for facet in facets)
    for row in rows:
        for number, counts in enumerate(found):
            place = row[f"f{number}"]
            if place is not None:
                counts[place] += row["n"]
    return found


def _case(facet: Facet, prefix: str, params: dict[str, Value]) -> str:
    column = f"`{facet.column}`"
    *tests, last = _tests(facet, column, prefix, params)
    whens = "".join(f" WHEN {test} THEN {place}" for place, test in enumerate(tests, start=1))
    return f"CASE WHEN {column} IS NULL THEN {MISSING}{whens} ELSE {last} END"


def _tests(facet: Facet, column: str, prefix: str, params: dict[str, Value]) -> Iterator[str]:
    """Yield the condition of each bin from 1 on, if none before holds; then the last number."""

    def named(value: Value) -> str:
        name = f"{prefix}_{len(params)}"
        params[name] = value
        return f"@{name}"

    match facet.kind:
        case "category":
            for levels in facet.groups:
                yield f"{column} IN ({', '.join(map(named, levels))})"
        case "flag":
            yield f"NOT {column}"
        case "member":
            (member,) = facet.groups[0]
            between = facet.separator
            held = f"CONCAT({named(between)}, {column}, {named(between)})"
            yield f"STRPOS({held}, {named(f'{between}{member}{between}')}) = 0"
        case _:
            yield from _ranges(facet, column, named)
    yield str(facet.bins - 1)


def _ranges(facet: Facet, column: str, named: Callable[[Value], str]) -> Iterator[str]:
    if facet.kind == "date":  # both engines compare a date with a literal, not with a parameter
        ends = [f"'{datetime.fromisoformat(str(edge)).isoformat()}'" for edge in facet.edges]
        if all(len(str(edge)) == len("2024-05-31") for edge in facet.edges):
            ends = [f"{end[:11]}'" for end in ends]
    else:
        ends = [named(float(edge)) for edge in facet.edges]
    measured = f"CHAR_LENGTH({column})" if facet.kind == "length" else column
    yield from (f"{measured} < {end}" for end in ends[:-1])
    yield f"{measured} <= {ends[-1]}"
