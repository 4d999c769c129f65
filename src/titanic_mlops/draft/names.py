"""Names of fields, classes and problems, from any header and any file's name."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable

from titanic_mlops.problems.base.column_checks import name_faults

MOST_CHARACTERS = 40
MOST_OF_PROBLEM = 16
_LETTERS = str.maketrans(
    {"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ø": "o"}
    | {"æ": "ae", "å": "a", "ł": "l", "đ": "d", "€": " EUR", "$": " USD", "%": " percent"}
    | {"#": " number", "&": " and "}
)
_IN_DECLARATION = frozenset(
    {"Annotated", "Column", "Literal", "NotRequired", "TypedDict", "Problem", "PROBLEM", "Dialect"}
    | {"Numeric", "OneHot", "Ordered", "Members", "Words", "DateParts", "date", "datetime"}
)
_UNIT = re.compile(r"(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]{1,12})[)\]]\s*")


def field_names(headers: Iterable[str]) -> list[str]:
    """Return a field for each header: valid in Python, SQL and JSON, and different from others."""
    names: list[str] = []
    taken: set[str] = set()
    for header in headers:
        name = found = _field_name(header)
        number = 2
        while name.lower() in taken:
            name = f"{found}_{number}"
            number += 1
        taken.add(name.lower())
        names.append(name)
    return names


def class_name(stem: str) -> str:
    """Return the name of the class of a file's rows."""
    words = re.findall(r"[A-Za-z0-9]+", _ascii(stem))
    name = "".join(word[0].upper() + word[1:] for word in words)[:MOST_CHARACTERS]
    return f"{name}Row" if name[:1].isalpha() else f"Table{name}Row"


def problem_name(stem: str) -> str:
    """Return the name of a problem: 2 to 16 lower-case letters and digits, a letter first."""
    name = re.sub(r"[^a-z0-9]", "", _ascii(stem).lower())
    name = name if name[:1].isalpha() else f"table{name}"
    return name[:MOST_OF_PROBLEM] if len(name) > 1 else f"{name}table"


def description_of(header: str) -> str:
    """Return a header as words: sepalLength and sepal_length become sepal length."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header.strip(" '\"`"))
    words = filter(None, re.split(r"[\s_.]+", text))
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def unit_of(header: str) -> tuple[str, str]:
    """Return the name and the unit of a header such as "length (cm)"; the unit may be empty."""
    found = _UNIT.fullmatch(header)
    return (found["name"], found["unit"].strip()) if found else (header, "")


def _field_name(header: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", _ascii(header)).strip("_")[:MOST_CHARACTERS].strip("_")
    if not name[:1].isalpha():
        name = f"column_{name}".strip("_")
    if keyword.iskeyword(name) or hasattr(builtins, name) or name in _IN_DECLARATION:
        return f"{name}_"
    return f"{name}_column" if any(name_faults(name)) else name


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in decomposed if letter.isascii())
