"""Content negotiation: which of several media types a client prefers (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")

Preference = tuple[float, int]
"""The quality of a media type, then how exactly the client names it: 0 by */* to 2."""


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the media type that `accept` prefers; the first of `offered` in doubt.

    Of two with one quality the client prefers the one that it names more exactly. A client that
    accepts none gets the first as well, which RFC 9110 allows.
    """
    ranges = list(_ranges(accept))
    return max(offered, key=lambda media: _preference(media, ranges))


def _preference(media: str, ranges: Sequence[tuple[str, float]]) -> Preference:
    """Return the preference by the most exact range that matches."""
    forms = {"*/*": 0, f"{media.partition('/')[0]}/*": 1, media: 2}
    matching = [(forms[name], quality) for name, quality in ranges if name in forms]
    exactness, quality = max(matching, default=(0, 0.0))
    return (quality, exactness) if quality else (0.0, 0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    """Yield each range with its quality, 1 by default; a malformed quality voids its range."""
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        named = dict(parameter.partition("=")[::2] for parameter in parameters)
        quality = named.get("q", "1").strip()
        if name and _QUALITY.fullmatch(quality):
            yield name, float(quality)
