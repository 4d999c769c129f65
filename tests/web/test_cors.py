"""CORS with allowed origins: pages of these may read responses, others may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.conftest import application_on, serving

OURS, OTHER = "https://example.com", "https://example.org"
READABLE = "access-control-allow-origin"


@pytest.mark.parametrize("path", ["/health", "/nowhere"], ids=["an answer", "a refusal"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_only_pages_of_allowed_origins_may_read(path: str, method: str, tmp_path: Path) -> None:
    application = application_on(tmp_path, origins=(OURS,))
    with serving(application, tmp_path) as served:
        ours = served.request(method, path, headers={"Origin": OURS}).headers
        others = served.request(method, path, headers={"Origin": OTHER}).headers
        programs = served.request(method, path).headers
    assert ours[READABLE] == OURS
    assert READABLE not in others
    assert READABLE not in programs
    # A cache must not hand one page's answer to another.
    assert "Origin" in ours["vary"]
    assert "Origin" in others["vary"]
