"""Expressions as text: on one line where they fit, else one argument a line, as ruff formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH = 100
INDENT = "    "
_PLAIN = frozenset(" €°²³")


@dataclass(frozen=True, slots=True)
class Bracket:
    """An opening, arguments, a closing: `Column(`, `minimum=0`, `)`; `tail` follows it."""

    opening: str
    arguments: Sequence[Bracket | str]
    closing: str
    tail: str = ""


def lines_of(expression: Bracket | str, start: str, indent: int, end: str = "") -> Iterator[str]:
    """Yield the lines of `start`, the expression and `end`, indented by so many levels."""
    margin = INDENT * indent
    flat = f"{margin}{start}{_flat(expression)}{end}"
    if isinstance(expression, str) or len(flat) <= WIDTH:
        yield flat
        return
    yield f"{margin}{start}{expression.opening}"
    single = len(expression.arguments) == 1 and expression.closing == "]"
    for argument in expression.arguments:
        yield from lines_of(argument, "", indent + 1, "" if single else ",")
    if expression.tail:
        yield f"{margin}{expression.closing}"
        yield f"{margin}{expression.tail.strip()}{end}"
    else:
        yield f"{margin}{expression.closing}{end}"


def literal(value: object) -> str:
    """Return a value as Python text: double quotes, plain numbers."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return _text(str(value))


def _flat(expression: Bracket | str) -> str:
    if isinstance(expression, str):
        return expression
    inner = ", ".join(map(_flat, expression.arguments))
    if expression.opening == "(" and len(expression.arguments) == 1:  # a tuple of one
        inner += ","
    return f"{expression.opening}{inner}{expression.closing}{expression.tail}"


_FIRST_GROUPED, _FIRST_EXPONENT = 10_000, 1e15


def _number(value: float) -> str:
    if value == int(value) and abs(value) < _FIRST_EXPONENT:
        return f"{int(value):_}" if abs(value) >= _FIRST_GROUPED else str(int(value))
    return repr(float(value))


def _text(text: str) -> str:
    quote = "'" if '"' in text and "'" not in text else '"'
    written = "".join(_character(letter, quote) for letter in text)
    return f"{quote}{written}{quote}"


def _character(letter: str, quote: str) -> str:
    if letter in ("\\", quote):
        return f"\\{letter}"
    if (letter.isascii() and letter.isprintable()) or letter.isalpha() or letter in _PLAIN:
        return letter
    return letter.encode("unicode_escape").decode()
