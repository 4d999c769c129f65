"""A property-based tester reads /openapi.json and sends what it allows and what it forbids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web import schemathesis_hooks
from tests.web.conftest import Served

pytestmark = pytest.mark.repeats

SECONDS = 300
"""A timeout for a server that does not answer; a run takes a fraction of it."""
ROOT = Path(__file__).parents[2]


def test_the_server_conforms_to_its_openapi_document(served: Served, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip(f"{program.name} is not installed: document and server are not compared")
    address = f"http://127.0.0.1:{served.port}/openapi.json"
    report = tmp_path / "report.json"
    options = ["--continue-on-failure", "--max-examples", "50", "--seed", "1912", "--no-color"]
    done = subprocess.run(
        [program, "run", address, *options, "--report-json-path", report],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,  # its reports and examples stay out of the tree
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": schemathesis_hooks.__name__,
            "PYTHONPATH": str(ROOT),
        },
        timeout=SECONDS,
    )
    print(done.stdout, done.stderr, sep="\n")  # noqa: T201 what it found, when it fails
    assert done.returncode == 0
    assert json.loads(report.read_text())
    assert served.recorded() > 0
