"""The configuration by itself: its form, and its own tests, with mocked providers."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from tests.infrastructure.workplace import ROOT, TERRAFORM, Workplace, needs_terraform

pytestmark = needs_terraform
FOLDERS = ["", "bootstrap"]


def test_a_plan_and_its_apply_use_one_version_of_each_provider() -> None:
    """Without a lock file from the registry, only an exact version is always the same one."""
    exact = {}
    for folder in FOLDERS:
        place = ROOT / "terraform" / folder
        assert not (place / ".terraform.lock.hcl").exists(), "let the versions be ranges again"
        exact[folder] = _versions(place)
        for provider, version in exact[folder].items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), (folder, provider)
    assert exact["bootstrap"].items() <= exact[""].items()
    for module in (ROOT / "terraform" / "modules").iterdir():
        for provider, ranges in _versions(module).items():
            assert exact[""][provider] in SpecifierSet(ranges.replace(" ", "")), module.name


def _versions(folder: Path) -> dict[str, str]:
    text = (folder / "versions.tf").read_text(encoding="utf-8")
    return dict(re.findall(r'source += "hashicorp/(\w+)"\n +version = "(.+)"', text))


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
    place = workplace(folder, few_files=not folder)
    place.must("validate")
    said = place.must("test")
    tests = [path.read_text(encoding="utf-8") for path in place.folder.glob("tests/*.tftest.hcl")]
    runs = re.findall(r'^run "', "\n".join(tests), re.MULTILINE)
    assert f"{len(runs)} passed, 0 failed." in said
