"""The pages for browsers: each file of this folder is one, self-contained once it is read.

A new page is a file here and a route whose handler returns `read_page` of its name. Scripts and
styles lie in `static/`; pages refer to them by relative links, so that a page also opens from disk.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

PAGES = Path(__file__).parent
STATIC = PAGES.parent / "static"
STYLE = re.compile(rb'<link rel="stylesheet" href="\.\./static/([\w.-]+)">')
SCRIPT = re.compile(rb'<script src="\.\./static/([\w.-]+)"></script>')


@dataclass(frozen=True, slots=True)
class Page:
    """A whole HTML document and its Content-Security-Policy."""

    html: bytes
    policy: bytes


@cache
def read_page(name: str, pages: Path = PAGES) -> Page:
    """Return the page `<name>.html` with the scripts and styles that it links to inlined.

    The policy lists their hashes, so that the browser runs nothing else.
    """
    html = (pages / f"{name}.html").read_bytes()
    html, styles = _inlined(html, STYLE, b"style")
    html, scripts = _inlined(html, SCRIPT, b"script")
    policy = (
        f"default-src 'none'; script-src {_sources(scripts)}; style-src {_sources(styles)}; "
        "connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy.encode())


def _inlined(html: bytes, link: re.Pattern[bytes], tag: bytes) -> tuple[bytes, list[bytes]]:
    """Return a page with the files of some links in their place, and the text of each file."""
    files: list[bytes] = []

    def inline(found: re.Match[bytes]) -> bytes:
        files.append(b"\n" + (STATIC / found[1].decode()).read_bytes())
        return b"<%b>%b</%b>" % (tag, files[-1], tag)

    return link.sub(inline, html), files


def _sources(files: list[bytes]) -> str:
    digests = (b64encode(sha256(file).digest()).decode() for file in files)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
