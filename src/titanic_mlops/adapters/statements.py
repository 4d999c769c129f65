"""Parse statements in BigQuery's dialect, for every platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from titanic_mlops.errors import Rejected
from titanic_mlops.ports import Value


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    `kind` is `read`, `write` (rows change) or `define` (tables change); `target` is the
    table it changes.
    """

    sql: str
    kind: str
    target: str
    params: frozenset[str]


@lru_cache(maxsize=512)
def parsed(sql: str) -> Statement:
    """Return the single statement in `sql`.

    Raises:
        Rejected: it is not SQL, not exactly one statement, or of a kind that is not allowed.
    """
    tree = tree_of(sql)
    kind = _kind(tree)
    # sqlglot keeps the table of a DROP elsewhere; the first table found is the target.
    table = None if kind == "read" else (tree.this or tree).find(exp.Table)
    params = frozenset(parameter.name for parameter in tree.find_all(exp.Parameter))
    return Statement(sql, kind, table.name if table else "", params)


def only(statement: Statement, *kinds: str) -> Statement:
    """Return the statement if it is of one of these kinds.

    Raises:
        Rejected: it is of another kind; the message names the right method.
    """
    if statement.kind not in kinds:
        right = "query" if statement.kind == "read" else "execute"
        raise Rejected(f"SQL: this statement is for {right}(): {statement.sql[:60]}")
    return statement


def used(statement: Statement, params: Mapping[str, Value]) -> dict[str, Value]:
    """Return the values of the parameters that a statement names; ignore the others.

    Raises:
        Rejected: one of them has no value.
    """
    if missing := sorted(statement.params - params.keys()):
        raise Rejected(f"SQL: no value for @{', @'.join(missing)}")
    return {name: params[name] for name in statement.params}


def tree_of(sql: str) -> exp.Expr:
    """Return the syntax tree of one statement.

    Raises:
        Rejected: it is not SQL, or not exactly one statement.
    """
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="bigquery") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise Rejected(f"SQL: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise Rejected("SQL: the statement is nested too deeply") from None
    if len(trees) != 1:
        raise Rejected(f"SQL: {len(trees)} statements found, exactly one is allowed")
    return trees[0]


def qualified(sql: str, dataset: str) -> str:
    """Return the statement with the dataset in every table's name, as a view requires."""
    tree = tree_of(sql)
    ours = {with_.alias for with_ in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not table.db and table.name not in ours:
            table.set("db", exp.to_identifier(dataset))
    return tree.sql(dialect="bigquery")


def without_nulls(sql: str, nulls: frozenset[str]) -> str:
    """Return the statement with NULL in place of these parameters, which would need a type."""
    if not nulls:
        return sql

    def replaced(node: exp.Expr) -> exp.Expr:
        return exp.Null() if isinstance(node, exp.Parameter) and node.name in nulls else node

    return tree_of(sql).transform(replaced).sql(dialect="bigquery")


def _kind(tree: exp.Expr) -> str:
    if isinstance(tree, exp.Query):
        return "read"
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return "write"
    if isinstance(tree, exp.Create | exp.Drop | exp.Alter):
        return "define"
    found = type(tree).__name__.upper()
    raise Rejected(
        f"SQL: {found} is not allowed; use SELECT, INSERT, UPDATE, DELETE, MERGE, CREATE, ALTER"
        " or DROP"
    )
