"""The configuration by itself: its form, and its own tests, with mocked providers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from tests.infrastructure.workplace import ROOT, TERRAFORM, Workplace, needs_terraform

pytestmark = needs_terraform
FOLDERS = ["", "bootstrap"]


def test_every_file_is_formatted() -> None:
    done = subprocess.run(
        [TERRAFORM or "", "fmt", "-check", "-diff", "-recursive", ROOT / "terraform"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=["root", "bootstrap"])
def test_it_is_valid_and_its_own_tests_pass(
    workplace: Callable[..., Workplace], folder: str
) -> None:
    place = workplace(folder)
    place.must("validate")
    said = place.must("test")
    tests = [path.read_text(encoding="utf-8") for path in place.folder.glob("tests/*.tftest.hcl")]
    runs = re.findall(r'^run "', "\n".join(tests), re.MULTILINE)
    assert f"{len(runs)} passed, 0 failed." in said
