"""A property-based tester reads /openapi.json and asks whatever that allows and forbids."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.conftest import Served

SECONDS = 300
"""It ends long before; this is for a server that does not answer."""


def test_the_server_does_what_its_document_says(served: Served, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        pytest.skip(f"{program.name} is not installed: the server is not held to its document")
    address = f"http://127.0.0.1:{served.port}/openapi.json"
    report = tmp_path / "report.json"
    options = ["--continue-on-failure", "--max-examples", "50", "--seed", "1912", "--no-color"]
    done = subprocess.run(  # noqa: S603 a program of our own environment
        [program, "run", address, *options, "--report-json-path", report],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,  # its reports and examples stay out of the tree
        timeout=SECONDS,
    )
    print(done.stdout, done.stderr, sep="\n")  # noqa: T201 what it found, when it fails
    assert done.returncode == 0
    assert json.loads(report.read_text())
    assert served.recorded() > 0
