"""The wheel is built, installed where `src/` is out of reach, and its commands run."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = pytest.mark.repeats

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "titanic_mlops"
UV = Path(sys.executable).parent / "uv"
DISTRIBUTIONS = Path(sysconfig.get_path("purelib"))
PASSENGER = '{"Pclass": 1, "Sex": "female", "SibSp": 0, "Parch": 0}'


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel, and a folder that is no clone to run commands in."""

    bin: Path
    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        program = self.bin / command[0]
        home = {"TITANIC_MLOPS_HOME": str(self.folder / "home")}
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env={"PATH": str(self.bin), **home},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build with what requirements/dev.txt pins; nothing is fetched."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel alone; a path file adds the packages that it needs, but not `src/`.

    Python does not read the path files of a folder that a path file adds: so the one of the
    editable install, which leads to `src/`, has no effect.
    """
    folder = tmp_path_factory.mktemp("wheel")
    uv("venv", "--python", sys.executable, str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    uv("pip", "install", "--python", str(python), "--offline", "--no-deps", str(wheel))
    (packages,) = folder.glob("venv/lib/python*/site-packages")
    (packages / "needed.pth").write_text(f"{DISTRIBUTIONS}\n", encoding="utf-8")
    return Installed(python.parent, folder)


def uv(*arguments: str) -> None:
    done = subprocess.run([UV, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.startswith("titanic_mlops-")}
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert held == {path.relative_to(PACKAGE.parent).as_posix() for path in files}


def test_the_installed_package_is_not_the_one_in_src(installed: Installed) -> None:
    program = "import sys, titanic_mlops; print(titanic_mlops.__file__, *sys.path, sep='\\n')"
    module, *path = installed.run("python", "-c", program).stdout.splitlines()
    assert Path(module).is_relative_to(installed.folder)
    assert str(PACKAGE.parent) not in path


def test_the_installed_command_says_its_version(installed: Installed) -> None:
    done = installed.run("titanic-mlops", "--version")
    assert done.stdout.split()[-1] == version("titanic-mlops")


def test_the_installed_command_has_help(installed: Installed) -> None:
    done = installed.run("titanic-mlops", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "ingest" in done.stdout


def test_the_installed_command_ingests_and_predicts(installed: Installed) -> None:
    table = str(ROOT / "dataset" / "titanic.csv")
    ingested = installed.run("titanic-mlops", "ingest", table, "--json")
    assert ingested.returncode == 0, ingested.stderr
    assert json.loads(ingested.stdout)["accepted"] == 891
    predicted = installed.run("titanic-mlops", "predict", PASSENGER, "--json")
    assert predicted.returncode == 0, predicted.stderr
    assert json.loads(predicted.stdout)["model_version"] == 1


@pytest.mark.parametrize(("command", "needed"), [("demo", "a clone"), ("derive", "the repository")])
def test_a_command_for_clones_says_so(command: str, needed: str, installed: Installed) -> None:
    done = installed.run("titanic-mlops", command)
    assert done.returncode == 1
    assert needed in done.stderr
    assert len(done.stderr.splitlines()) == 1
