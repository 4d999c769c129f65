"""A JSON Schema validator that asserts `contentSchema`, which others treat as an annotation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from titanic_mlops.rules.values import DECIMAL


def _assert_number(
    validator: Any,  # noqa: ANN401 jsonschema gives the protocol no `descend`
    content: Mapping[str, Any],
    text: object,
    _schema: object,
) -> Iterator[ValidationError]:
    if not isinstance(text, str) or not re.fullmatch(DECIMAL, text):
        return  # the pattern rejects it
    number = Decimal(text)
    whole = content["type"] == "integer" and number == number.to_integral_value()
    yield from validator.descend(int(number) if whole else float(number), content)


def is_valid(schema: Mapping[str, Any], instance: object) -> bool:
    """Return whether an instance satisfies a schema of draft 2020-12, `contentSchema` included."""
    return bool(_Validator(schema).is_valid(instance))


_Validator: Any = extend(Draft202012Validator, {"contentSchema": _assert_number})  # type: ignore[no-untyped-call] # it has no types
