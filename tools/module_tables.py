"""The table of variables in the README of each module of terraform/, derived from variables.tf."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = ROOT / "terraform" / "modules"
BEGIN, END = "<!-- variables: python -m tools.module_tables -->\n", "<!-- end of variables -->\n"

# `terraform fmt` holds the form: a block ends at a brace in the first column, and its arguments
# are indented by two spaces.
_BLOCK = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}$', re.MULTILINE | re.DOTALL)
_ARGUMENT = re.compile(r"^  (\w+) += (.*(?:\n(?: {4,}.*| {2}[}\])]+.*))*)", re.MULTILINE)


@dataclass(frozen=True)
class Variable:
    """A variable of a module; `default` is empty where one must be given."""

    name: str
    description: str
    type: str
    default: str = ""


def variables(module: Path) -> Iterator[Variable]:
    """Yield the variables of a module as they stand in its file."""
    text = (module / "variables.tf").read_text(encoding="utf-8")
    for name, body in _BLOCK.findall(text):
        said = dict(_ARGUMENT.findall(body))
        yield Variable(
            name,
            said["description"].strip('"'),
            _line(said["type"]),
            _line(said.get("default", "")),
        )


def table(module: Path) -> str:
    """Return the table of a module's variables."""
    rows = ["| variable | what it is | type | default |", "| --- | --- | --- | --- |"]
    for one in variables(module):
        default = f"`{one.default}`" if one.default else "required"
        rows.append(f"| `{one.name}` | {one.description} | `{one.type}` | {default} |")
    return "\n".join(rows) + "\n"


def readme(module: Path) -> str:
    """Return what the README of a module should say: what it says, with the table anew."""
    text = (module / "README.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{module.name}/README.md has no place for the table: {BEGIN}{END}")
    return f"{before}{BEGIN}\n{table(module)}\n{END}{after}"


def _line(text: str) -> str:
    """Return an expression of several lines as one, without alignment."""
    lines = [re.sub(r" +", " ", line.strip()) for line in text.splitlines()]
    joined = ""
    for line in lines:
        opens = not joined or joined.endswith(("{", "(", "["))
        closes = line.startswith(("}", ")", "]"))
        joined += (
            line
            if not joined or joined.endswith("(")
            else (f" {line}" if opens or closes else f", {line}")
        )
    return joined


def main() -> None:
    """Write the tables."""
    for module in sorted(MODULES.iterdir()):
        text = readme(module)
        (module / "README.md").write_text(text, encoding="utf-8")
        sys.stdout.write(f"written: {(module / 'README.md').relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
