"""What a person looks at: the rows of a SELECT, or a page of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.tables.select import Page, page_of, require_known, require_select


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in the order of `columns`; with `more`, the limit has cut others off."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def select(sql: str, problem: Problem, ports: Ports, *, limit: int) -> Found:
    """Return the first `limit` rows of a user's SELECT in BigQuery's dialect.

    Raises:
        Rejected: it is not one SELECT of tables, or the engine refuses it.
        UnknownName: it names a table that does not exist.
    """
    require_select(sql, [table.name for table in tables_of(problem)])
    return _found(ports, sql, {}, limit)


def look_at(name: str, page: Page, problem: Problem, ports: Ports) -> Found:
    """Return a page of a table or view, oldest rows first.

    Raises:
        UnknownName: there is no such table or column.
        Rejected: a value is not of its column's type.
    """
    tables = {table.name: table for table in tables_of(problem)}
    require_known(name, list(tables), "table")
    sql, params = page_of(tables[name], page)
    return _found(ports, sql, params, page.limit)


def _found(ports: Ports, sql: str, params: Mapping[str, Any], limit: int) -> Found:
    found = ports.warehouse.look(sql, params, most=limit + 1)
    cells = [column.to_pylist() for column in found.columns]
    rows = tuple(zip(*cells, strict=True))
    return Found(tuple(found.column_names), rows[:limit], more=len(rows) > limit)
