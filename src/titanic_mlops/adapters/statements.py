"""Statements in BigQuery's dialect, taken apart; the same on every platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from titanic_mlops.errors import Rejected
from titanic_mlops.ports import Value

if TYPE_CHECKING:
    from sqlglot import exp


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
    """Return the one statement that `sql` is.

    Raises:
        Rejected: it is not SQL, not exactly one statement, or of a kind nobody needs.
    """
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

    tree = tree_of(sql)
    kind = _kind(tree)
    # A DROP keeps its table elsewhere than the others; the first one found is the target.
    table = None if kind == "read" else (tree.this or tree).find(exp.Table)
    params = frozenset(parameter.name for parameter in tree.find_all(exp.Parameter))
    return Statement(sql, kind, table.name if table else "", params)


def only(statement: Statement, *kinds: str) -> Statement:
    """Return a statement of one of these kinds.

    Raises:
        Rejected: it is of another kind, and so for the other method.
    """
    if statement.kind not in kinds:
        right = "query" if statement.kind == "read" else "execute"
        raise Rejected(f"SQL: this statement is for {right}(): {statement.sql[:60]}")
    return statement


def used(statement: Statement, params: Mapping[str, Value]) -> dict[str, Value]:
    """Return the parameters that a statement names, whatever else is given.

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
    import sqlglot  # noqa: PLC0415 - on use only, --help must be quick

    try:
        trees = [tree for tree in sqlglot.parse(sql, read="bigquery") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise Rejected(f"SQL: {str(error).splitlines()[0]}") from error
    if len(trees) != 1:
        raise Rejected(f"SQL: {len(trees)} statements found, exactly one is allowed")
    return trees[0]


def qualified(sql: str, dataset: str) -> str:
    """Return the statement with its tables named in their dataset, as a view's must be."""
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

    tree = tree_of(sql)
    ours = {with_.alias for with_ in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not table.db and table.name not in ours:
            table.set("db", exp.to_identifier(dataset))
    return tree.sql(dialect="bigquery")


def without_nulls(sql: str, nulls: frozenset[str]) -> str:
    """Return the statement with NULL for these parameters: a parameter would need a type."""
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

    if not nulls:
        return sql

    def replaced(node: exp.Expr) -> exp.Expr:
        return exp.Null() if isinstance(node, exp.Parameter) and node.name in nulls else node

    return tree_of(sql).transform(replaced).sql(dialect="bigquery")


def _kind(tree: exp.Expr) -> str:
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

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
