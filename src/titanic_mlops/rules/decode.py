"""From the bytes of a request to the JSON document that they hold, within the limits."""

from __future__ import annotations

import json

from titanic_mlops.errors import RequestUnreadable
from titanic_mlops.rules.limits import MAX_DEPTH_LEVELS

BYTE_ORDER_MARK = "\ufeff"
_TOO_DEEP = f"The request is nested deeper than {MAX_DEPTH_LEVELS} levels."


def decode_request(text: str | bytes) -> object:
    """Return the JSON document that `text` holds, in UTF-8 where it is bytes.

    Raises:
        RequestUnreadable: it is not JSON, names a field twice, contains a lone surrogate, or is
            nested deeper than 32 levels.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        if decoded.startswith(BYTE_ORDER_MARK):
            raise RequestUnreadable(
                "The request begins with a byte order mark; save it as UTF-8 without one (BOM)."
            )
        document: object = json.loads(
            decoded,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
        )
        json.dumps(document, ensure_ascii=False).encode()  # fails for a lone surrogate
    except RecursionError:
        raise RequestUnreadable(_TOO_DEEP) from None
    except UnicodeError:
        raise RequestUnreadable("The request is not Unicode text in UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RequestUnreadable(f"The request is not JSON: {error.msg} at {place}.") from None
    except ValueError:  # Python parses no integer of more than 4,300 digits
        raise RequestUnreadable("The request contains a number with too many digits.") from None
    if _depth(document) > MAX_DEPTH_LEVELS:
        raise RequestUnreadable(_TOO_DEEP)
    return document


def _depth(document: object) -> int:
    """Return how many levels of objects and lists there are; no recursion, so any depth works."""
    depth, level = 0, [document]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [x for one in level for x in (one.values() if isinstance(one, dict) else one)]
    return depth


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RequestUnreadable("The request names a field twice; name each field once.")
    return members


def _refuse_constant(name: str) -> float:
    raise RequestUnreadable(f"The request contains {name}, which is not JSON.")
