"""Which columns identify rows, or people: guessed by name and by how often values repeat."""

from __future__ import annotations

import re
from collections.abc import Iterable

from titanic_mlops.draft.facts import ColumnFacts

_ID_WORDS = frozenset(
    {"id", "ids", "uuid", "guid", "key", "nr", "no", "num", "number", "nummer", "numero", "index"}
    | {"rownames", "kennung", "identifier", "identificador", "identifiant", "unnamed", "lfd"}
)
_GROUP_WORDS = _ID_WORDS - {"no", "num", "number", "numero", "nummer", "index"}
_PERSONAL_WORDS = frozenset(
    {"email", "mail", "phone", "telephone", "mobile", "telefon", "tel", "handy", "telefono"}
    | {"address", "adresse", "anschrift", "direccion", "street", "strasse", "iban", "ssn", "calle"}
    | {"passport", "surname", "lastname", "firstname", "fullname", "vorname", "nachname", "rue"}
    | {"familienname", "nom", "prenom", "apellido", "apellidos", "nombre", "cognome", "naam"}
    | {"birthday", "birthdate", "dob", "geburtsdatum", "geburtstag", "naissance", "nacimiento"}
)
_NAME_WORDS = frozenset({"name", "names", "vollname", "nome"})
_OTHER_NAMES = frozenset(
    {"product", "file", "brand", "model", "company", "car", "city", "country", "place", "station"}
    | {"movie", "film", "title", "common", "species", "site", "region", "state", "category"}
)
_COMPOUND_ENDS = ("nummer", "kennung")
"""What German writes at the end of one word: Kundennummer."""
_MANY = 0.5
_FEWEST_GROUPS = 10


def key_of(columns: Iterable[ColumnFacts]) -> str:
    """Return the header of the column that identifies a row; empty if there is none."""
    unique = [c for c in columns if _is_unique(c)]
    named = [c.header for c in unique if words_of(c.header) & _ID_WORDS]
    counted = [c.header for c in unique if _counts_rows(c)]
    return next(iter([*named, *counted]), "")


def split_key_of(columns: Iterable[ColumnFacts], key: str) -> str:
    """Return the header of an id that repeats, so that its rows belong together; else empty."""
    for column in columns:
        repeats = _FEWEST_GROUPS <= column.distinct < column.rows
        whole_or_text = column.is_whole or not column.is_number
        named = words_of(column.header) & _GROUP_WORDS
        if column.header != key and repeats and whole_or_text and named and not column.missing:
            return column.header
    return ""


def is_personal(column: ColumnFacts) -> bool:
    """Return whether a column seems to identify a person, by its name in several languages."""
    words = words_of(column.header)
    if words & _PERSONAL_WORDS:
        return not column.is_number or column.distinct > _MANY * column.present
    is_name = words & _NAME_WORDS and not words & _OTHER_NAMES
    return bool(is_name) and not column.is_number and column.distinct > _MANY * column.present


def words_of(header: str) -> set[str]:
    """Return the lower-case words of a header: CustomerId has customer and id."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header.replace("ß", "ss"))
    words = re.findall(r"[^\W\d_]+", spaced.casefold())
    ends = [end for word in words for end in _COMPOUND_ENDS if word.endswith(end)]
    return {*words, *ends}


def _is_unique(column: ColumnFacts) -> bool:
    kind = column.is_whole or not column.is_number
    spaced = any(" " in text for text in column.texts[:_FEWEST_GROUPS])
    return kind and not spaced and not column.missing and column.distinct == column.rows > 1


def _counts_rows(column: ColumnFacts) -> bool:
    """Return whether whole numbers count the rows, from any number on."""
    return column.is_whole and column.high - column.low == column.rows - 1
