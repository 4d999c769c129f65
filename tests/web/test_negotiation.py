from __future__ import annotations

import pytest

from titanic_mlops.web.negotiation import preferred

JSON, HTML = "application/json", "text/html"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json, text/plain, */*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
        ("text/html", HTML),
        ("text/html, */*", HTML),
        ("text/*", HTML),
        ("TEXT/HTML", HTML),
        ("text/html;level=1;q=0.9, application/json;q=0.8", HTML),
        ("text/html, application/json", JSON),
        ("text/html;q=0.4, application/json;q=0.5", JSON),
        ("text/html; q=0.5, */*; q=0.4", HTML),
        ("text/html;q=0.4, */*;q=0.5", JSON),
        ("text/html;q=0", JSON),
        ("*/*, application/json;q=0", HTML),
        ("application/json;q=0, text/*;q=0.1", HTML),
        ("text/html;q=2, application/json;q=0.1", JSON),
        ("text/html;q=high, application/json;q=0.1", JSON),
        ("image/png", JSON),
        (", ,;", JSON),
    ],
)
def test_the_media_type_of_the_highest_quality_is_preferred(accept: str, media: str) -> None:
    assert preferred(accept, (JSON, HTML)) == media
