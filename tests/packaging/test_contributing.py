from __future__ import annotations

import re
from pathlib import Path

from packaging.requirements import Requirement

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_each_dependency_has_one_line_of_reason(
    declared: list[Requirement],
    peers: list[Requirement],
    policies: list[Requirement],
    tables: list[Requirement],
) -> None:
    section = CONTRIBUTING.read_text(encoding="utf-8").partition("\n## Dependencies\n")[2]
    reasons = re.findall(r"^\| `([^`]+)` \| \S.+ \|$", section, re.MULTILINE)
    asked = [*declared, *peers, *policies, *tables]
    assert sorted(reasons) == sorted(requirement.name for requirement in asked)
