"""The blocks of the README and of docs/http.md run, in order, on one home with one platform."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Running, up
from tests.documentation.pages import PAGES, ROOT
from titanic_mlops.derive.openapi_components import PROBLEM_STATUSES

pytestmark = pytest.mark.repeats

README, HTTP = PAGES["README.md"], PAGES["docs/http.md"]
BLOCK = re.compile(
    r"^```(sh|python|js)\n(.*?)^```(?:\n\n```json\n(.*?)^```)?", re.DOTALL | re.MULTILINE
)
PROGRAMS = {
    "sh": ["sh", "-e", "-c"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "-e"],
}
BLOCKS = [block for page in (README, HTTP) for block in BLOCK.findall(page)]
RUNNABLE = [block for block in BLOCKS if not block[1].startswith(("make ", "titanic-mlops up\n"))]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with up(tmp_path_factory.mktemp("readme") / "home") as started:
        yield started


def test_the_first_screen_shows_the_two_commands() -> None:
    first_screen = "\n".join(README.splitlines()[:15])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_the_blocks_that_run_are_found() -> None:
    assert [kind for kind, *_ in RUNNABLE] == [
        "sh",
        "sh",
        "python",
        "sh",
        "python",
        "js",
        "sh",
        "sh",
    ]


@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: block[1].split("\n")[0][:40])
def test_a_block_runs_as_it_stands_and_prints_what_stands_below(
    block: tuple[str, str, str], running: Running
) -> None:
    kind, text, shown = block
    if shutil.which(PROGRAMS[kind][0]) is None:
        pytest.skip(f"there is no {PROGRAMS[kind][0]} to run the example with")
    done = subprocess.run(
        [*PROGRAMS[kind], text.replace("127.0.0.1:8080", f"127.0.0.1:{running.port}")],
        cwd=ROOT,
        env={**os.environ, "TITANIC_MLOPS_HOME": str(running.home), "PATH": with_our_programs()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert '"status": 5' not in done.stdout
    if shown:
        assert json.loads(shown).keys() == json.loads(done.stdout).keys()


def with_our_programs() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.mark.parametrize("status", [404, 405, *PROBLEM_STATUSES])
def test_every_status_is_explained(status: int) -> None:
    assert f"\n| {status} |" in HTTP


@pytest.mark.parametrize(
    ("page", "target"),
    [
        (page, target)
        for page, text in PAGES.items()
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", text)
    ],
)
def test_a_link_leads_to_a_file(page: str, target: str) -> None:
    assert ((ROOT / page).parent / target).exists()


@pytest.mark.parametrize(
    "named",
    sorted(set(re.findall(r"`(tests/[^`]+)`", PAGES["docs/operations.md"]))),
)
def test_a_test_that_operations_names_is_there(named: str) -> None:
    file, _, name = named.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
