"""Pin `name` beside every `name[extra]` of the requirements files.

pip before 23.3 takes the two for different packages: where only `name[extra]` is pinned, it looks
for the newest release of a plain `name` that another package asks for, and refuses it because the
file has no hash of it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ENTRY = re.compile(r"^(?=\S)", re.MULTILINE)
"""The beginning of a pin; its hashes and the names of those who ask for it are indented below."""
EXTRAS = re.compile(r"^([a-z0-9-]+)\[[a-z0-9,-]+\]")


def with_plain_pins(text: str) -> str:
    """Return a requirements file in which a pin without extras precedes each pin with some."""
    pins = ENTRY.split(text)
    return "".join(
        dict.fromkeys(either for pin in pins for either in (EXTRAS.sub(r"\1", pin), pin))
    )


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(with_plain_pins(path.read_text(encoding="utf-8")), encoding="utf-8")
