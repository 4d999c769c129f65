"""A copy of what Terraform reads, in which it runs and which a test may change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
READ = ("terraform", "src/titanic_mlops", "requirements", "dataset")
FEW = ("__init__.py", "functions", "problems")
"""Of the package, what a plan reads where nobody looks into the bundles: Terraform takes 0.6 s to
compare the files of one."""
LEFT = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars", "build", "__pycache__")
SETTING = ("-var", "project_id=my-project")
TERRAFORM = shutil.which("terraform")
WITHOUT_GOOGLE = "hashicorp/google" in os.environ.get("TF_REATTACH_PROVIDERS", "")
"""Whether the providers are stand-ins that somebody started: no others may plan or apply here."""

needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform is not on the path")
needs_stand_ins = pytest.mark.skipif(
    not WITHOUT_GOOGLE,
    reason="TF_REATTACH_PROVIDERS names no stand-ins of the providers, and real ones ask Google",
)


class Workplace:
    """A copy of the project's root of Terraform, or of a folder below it, and of what it reads."""

    def __init__(self, project: Path, folder: str = "") -> None:
        self.project = project
        self.folder = project / "terraform" / folder

    def terraform(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run terraform; return what it did, whether or not it succeeded."""
        makes_bundles = self.folder.name == "terraform" and words[0] in {"apply", "plan", "test"}
        with _exclusive() if makes_bundles else nullcontext():
            return subprocess.run(
                [TERRAFORM or "terraform", *words],
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "TF_IN_AUTOMATION": "true", "TF_CLI_ARGS": "-no-color"},
            )

    def must(self, *words: str) -> str:
        """Run terraform; return what it said, fail with its errors."""
        done = self.terraform(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def init(self) -> None:
        """Get the providers; skip the test if no registry serves them."""
        done = self.terraform("init", "-backend=false", "-input=false")
        if "Failed to query available provider packages" in done.stderr:
            pytest.skip("the registry of Terraform's providers is out of reach")
        assert done.returncode == 0, done.stdout + done.stderr

    def plan(self, *words: str) -> dict[str, Any]:
        """Return a plan as terraform's JSON."""
        self.must("plan", "-input=false", "-out=the.plan", *SETTING, *words)
        planned: dict[str, Any] = json.loads(self.must("show", "-json", "the.plan"))
        return planned

    def actions(self, *words: str) -> dict[str, list[str]]:
        """Return what a plan would do, by address, with each resource that it would change."""
        changes = filter(changes_something, self.plan(*words)["resource_changes"])
        return {one["address"]: one["change"]["actions"] for one in changes}

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that a file has, once."""
        file = self.project / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")


def changes_something(planned: dict[str, Any]) -> bool:
    """Return whether a plan would do anything to a resource but read it."""
    return planned["change"]["actions"] not in (["no-op"], ["read"])


def copy_to(project: Path, folder: str = "", *, few_files: bool = False) -> Workplace:
    """Copy what Terraform reads below `project`, initialised; of the package all, or FEW files."""
    for name in READ:
        shutil.copytree(ROOT / name, project / name, ignore=LEFT)
    if few_files:
        for path in (project / "src/titanic_mlops").iterdir():
            if path.name not in FEW:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    place = Workplace(project, folder)
    place.init()
    return place


@contextmanager
def _exclusive() -> Iterator[None]:
    """Wait for other tests: a provider that serves them all writes a bundle under one path."""
    with FileLock(Path(tempfile.gettempdir()) / "titanic-mlops-terraform.lock"):
        yield
