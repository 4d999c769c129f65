"""What a user asks of the tables: one SELECT of their own, or a page of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

import sqlglot
from sqlglot import exp

from titanic_mlops.errors import Rejected, UnknownName
from titanic_mlops.ports import Table, TableField, Value

STARTS = {"SELECT", "WITH", "FROM", "("}
LARGEST_INT64 = 2**63 - 1
MEANT = {
    "INT64": "an integer",
    "FLOAT64": "a number",
    "BOOL": "true or false",
    "TIMESTAMP": "a time such as 2024-05-01T12:00:00",
    "DATETIME": "a time such as 2024-05-01T12:00:00",
    "DATE": "a date such as 2024-05-01",
}


@dataclass(frozen=True, slots=True)
class Page:
    """Up to `limit` rows after the first `offset`, of these `columns` or of all.

    `where` maps a column to the text of its value; an empty text finds what is missing.
    """

    where: Mapping[str, str]
    columns: Sequence[str]
    limit: int
    offset: int


def require_select(sql: str, tables: Iterable[str]) -> None:
    """Check that a text is one SELECT, of these tables and views where it names no dataset.

    Raises:
        Rejected: it is no SQL, more than one statement, or no SELECT of tables.
        UnknownName: it names a table that does not exist.
    """
    _require_start(sql)
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="bigquery") if tree is not None]
    except sqlglot.errors.ParseError as error:
        raise Rejected(_with_place(error)) from error
    except RecursionError:
        raise Rejected("The statement is nested too deeply; write a simpler one.") from None
    if len(trees) != 1:
        raise Rejected(f"The text holds {len(trees)} statements; write one SELECT.")
    if not isinstance(trees[0], exp.Query) or trees[0].find(exp.Into):
        raise Rejected("The statement is not a SELECT; only a SELECT is run, on a copy.")
    known = list(tables)
    named = {with_.alias for with_ in trees[0].find_all(exp.CTE)}
    for table in trees[0].find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise Rejected(
                f"The SELECT reads from the function {_function(table)}; only tables and views can "
                f"be read: {', '.join(known)}."
            )
        if not table.db and table.name not in named:
            require_known(table.name, known, "table")


def require_known(name: str, known: Sequence[str], kind: str, where: str = "") -> None:
    """Raise `UnknownName` for a name that is not known, with a similar one and all of them."""
    if name in known:
        return
    lower = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), lower, n=1)
    meant = f"; did you mean {lower[close[0]]}?" if close else "."
    raise UnknownName(
        f"There is no {kind} {name}{where}{meant} The {kind}s are: {', '.join(known)}."
    )


def page_of(table: Table, page: Page) -> tuple[str, dict[str, Value]]:
    """Return the SELECT of a page of a table, oldest rows first, and its parameters.

    Raises:
        UnknownName: the table has no such column.
        Rejected: a value is not of its column's type, or the column cannot be compared.
    """
    fields = {field.name: field for field in table.fields}
    for name in (*page.where, *page.columns):
        require_known(name, list(fields), "column", f" in {table.name}")
    terms, params = ["TRUE"], dict[str, Value](most=page.limit + 1, offset=page.offset)
    for number, (name, text) in enumerate(page.where.items()):
        value = _value(fields[name], text)
        if value is None:
            terms.append(_is_missing(fields[name]))
        else:
            terms.append(f"`{name}` = @value_{number}")
            params[f"value_{number}"] = value
    chosen = ", ".join(f"`{name}`" for name in page.columns or fields)
    order = ", ".join(f"`{name}`" for name in _order(table.fields))
    return (
        f"SELECT {chosen} FROM {table.name} WHERE {' AND '.join(terms)} "
        f"ORDER BY {order} LIMIT @most OFFSET @offset"
    ), params


def _require_start(sql: str) -> None:
    try:
        tokens = sqlglot.tokenize(sql, read="bigquery")
    except sqlglot.errors.TokenError as error:
        raise Rejected(
            f"The statement cannot be read to its end: {error}; is a quote or a comment left open?"
        ) from error
    first = tokens[0].text.upper() if tokens else ""
    if first not in STARTS:
        raise Rejected(
            f"The statement begins with {first or 'nothing'}; only a SELECT is run, on a copy."
        )


def _with_place(error: sqlglot.errors.ParseError) -> str:
    fault = error.errors[0] if error.errors else {}
    what = str(fault.get("description"))
    what = "a part is missing" if what.startswith("Required keyword") else what
    near = f", near {fault['highlight']}" if fault.get("highlight") else ""
    return (
        f"The statement is not SQL in line {fault.get('line')}, column {fault.get('col')}{near}: "
        f"{what}."
    )


def _function(table: exp.Table) -> str:
    found = table.this
    return str(found.name if isinstance(found, exp.Anonymous) else found.sql_name()).lower()


def _value(field: TableField, text: str) -> Value:
    """Return the text of a value as its column's type; None where the text is empty."""
    if field.mode == "REPEATED" or field.type in {"RECORD", "BYTES"}:
        raise Rejected(f"The column {field.name} cannot be compared; use `titanic-mlops sql`.")
    if not text:
        return None
    try:
        return _read(field.type, text)
    except (ValueError, KeyError):
        raise Rejected(
            f"{field.name} is compared with {text!r}; it must be {MEANT[field.type]}."
        ) from None


def _read(kind: str, text: str) -> Value:
    match kind:
        case "INT64":
            number = int(text)
            if abs(number) > LARGEST_INT64:
                raise ValueError
            return number
        case "FLOAT64":
            return float(text)
        case "BOOL":
            return {"true": True, "false": False}[text.lower()]
        case "TIMESTAMP":
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        case _:
            return text


def _is_missing(field: TableField) -> str:
    return f"(`{field.name}` IS NULL" + (
        f" OR `{field.name}` = '')" if field.type == "STRING" else ")"
    )


def _order(fields: Iterable[TableField]) -> list[str]:
    """Return the columns to sort by, times first: no two different rows are equal in all."""
    names = [f for f in fields if f.mode != "REPEATED" and f.type != "RECORD"]
    return [f.name for f in sorted(names, key=lambda field: field.type != "TIMESTAMP")]
