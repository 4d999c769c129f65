"""The documents, and what stands in them as code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATHS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "dataset/README.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
    "terraform/README.md",
    "terraform/bootstrap/README.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
)
PAGES = {path: (ROOT / path).read_text(encoding="utf-8") for path in PATHS}
_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


def lines(page: str) -> list[str]:
    """Return the lines of the page's shell blocks; a continued line is one."""
    blocks = [text for kind, text in _BLOCK.findall(PAGES[page]) if kind in ("sh", "console")]
    joined = "".join(blocks).replace("\\\n", " ")
    return [line.strip().removeprefix("$ ") for line in joined.splitlines()]


def spans(page: str) -> list[str]:
    """Return what stands between backticks outside of blocks, each on one line."""
    return [" ".join(span.split()) for span in _SPAN.findall(_BLOCK.sub("", PAGES[page]))]


def commands(page: str, program: str) -> list[tuple[str, ...]]:
    """Return the words after the program's name, for each line and span that runs it."""
    found = [text for text in (*lines(page), *spans(page)) if f"{text} ".startswith(f"{program} ")]
    words = [shlex.split(text, comments=True)[len(program.split()) :] for text in found]
    return [tuple(command) for command in words if command]
