"""One SELECT that counts all bins of a profile in one scan of the stored predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from titanic_mlops.monitoring.bins import Bins
from titanic_mlops.monitoring.profile import Profile
from titanic_mlops.ports import Value

ROWS = "rows_counted"


@dataclass(frozen=True, slots=True)
class Counting:
    """A SELECT in BigQuery's dialect and its parameters; `counts_in` reads what it returns."""

    sql: str
    params: Mapping[str, Value]


def counting(profile: Profile, version: int, since: datetime, until: datetime) -> Counting:
    """Return the SELECT over the predictions of a version in a window, `until` excluded.

    Each column of its result is that of one set of bins; a row holds the number of one bin in
    its column, nulls in the others, and how many predictions are in it.
    """
    params: dict[str, Value] = {"version": version, "since": since, "until": until}
    cases, names = [], []
    for number, bins in enumerate(profile.all_bins):
        names.append(f"bins{number}")
        cases.append(f"{_case(bins, number, params)} AS {names[-1]}")
    sets = ", ".join(f"({name})" for name in names)
    sql = (
        f"SELECT {', '.join(names)}, COUNT(*) AS {ROWS} FROM (SELECT {', '.join(cases)} "
        "FROM predictions WHERE requested_at >= @since AND requested_at < @until "
        f"AND model_version = @version) AS counted GROUP BY GROUPING SETS ({sets})"
    )
    return Counting(sql, params)


def counts_in(profile: Profile, found: Iterable[Mapping[str, int | None]]) -> list[tuple[int, ...]]:
    """Return for each of the profile's bins the counts, from the rows of the SELECT."""
    counts = [[0] * bins.size for bins in profile.all_bins]
    for row in found:
        for number, places in enumerate(counts):
            place = row[f"bins{number}"]
            if place is not None:
                places[place] += row[ROWS] or 0
    return [tuple(places) for places in counts]


def _case(bins: Bins, number: int, params: dict[str, Value]) -> str:
    column = f"`{bins.column}`"
    whens = "".join(f" WHEN {test} THEN {place}" for test, place in _tests(bins, number, params))
    return f"CASE WHEN {column} IS NULL THEN {bins.size - 1}{whens} END"


def _tests(bins: Bins, number: int, params: dict[str, Value]) -> Iterator[tuple[str, int]]:
    """Yield a condition and the bin that it leads to; the last one always holds."""
    column = f"`{bins.column}`"
    if bins.kind == "values":
        for place, value in enumerate(bins.values):
            yield f"{column} = {_given(params, f'value{number}_{place}', value)}", place
        yield "TRUE", len(bins.values)
    elif bins.kind == "member":
        held = f"CONCAT(@separator{number}, {column}, @separator{number})"
        params[f"separator{number}"] = bins.separator
        member = f"{bins.separator}{bins.values[0]}{bins.separator}"
        yield f"STRPOS({held}, {_given(params, f'value{number}', member)}) > 0", 1
        yield "TRUE", 0
    else:
        yield from _between(bins, f"LENGTH({column})" if bins.kind == "lengths" else column)


def _between(bins: Bins, measured: str) -> Iterator[tuple[str, int]]:
    edges = [_literal(bins, edge) for edge in bins.edges]
    if edges:
        yield f"{measured} < {edges[0]}", 0
        yield f"{measured} > {edges[-1]}", bins.intervals + 1
        for place, edge in enumerate(edges[1 : bins.intervals], start=1):
            yield f"{measured} < {edge}", place
    yield "TRUE", bins.intervals


def _literal(bins: Bins, edge: float | str) -> str:
    """Return an edge in SQL; dates and times, which a declaration read, hold no quotes."""
    kinds = {"dates": "DATE", "times": "DATETIME"}
    return f"{kinds[bins.kind]} '{edge}'" if bins.kind in kinds else repr(edge)


def _given(params: dict[str, Value], name: str, value: Value) -> str:
    """Return a value in SQL: a text by a parameter, for it may hold anything."""
    if isinstance(value, bool):
        return str(value).upper()
    if not isinstance(value, str):
        return repr(value)
    params[name] = value
    return f"@{name}"
