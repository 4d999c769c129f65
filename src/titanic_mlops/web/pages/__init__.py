"""The page that a browser gets, and the policy that lets it run nothing but itself."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

PAGE = Path(__file__).parent / "predict.html"


def read_page() -> tuple[bytes, bytes]:
    """Return the page and its Content-Security-Policy, which names its own code by hash."""
    page = PAGE.read_bytes()
    policy = (
        f"default-src 'none'; script-src {_hashes(b'script', page)}; "
        f"style-src {_hashes(b'style', page)}; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy.encode()


def _hashes(tag: bytes, page: bytes) -> str:
    blocks = re.findall(rb"<%b>(.*?)</%b>" % (tag, tag), page, flags=re.DOTALL)
    digests = (b64encode(sha256(block).digest()).decode() for block in blocks)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
