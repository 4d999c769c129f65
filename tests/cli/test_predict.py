"""`predict` answers as POST / does: a record or a batch, in UTF-8, with the same faults."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.cli.commands import Run
from tests.cli.conftest import Command
from titanic_mlops.settings import HOME

CASES = Path(__file__).parent / "stdin"
RECORD = {"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}
ENCODINGS = ["utf-8", "utf-8:strict", "cp1252", "ascii:strict"]
"""Values of PYTHONIOENCODING, as a terminal chooses them."""


def predict_bytes(request: bytes, home: Path, encoding: str = "utf-8") -> Run:
    """Run `predict - --json` in a process whose terminal has some encoding."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "titanic_mlops", "predict", "-", "--json"],
        input=request,
        capture_output=True,
        check=False,
        env={**os.environ, HOME: str(home), "PYTHONIOENCODING": encoding},
    )
    return Run(done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1"))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_standard_input_is_utf_8_whatever_the_terminal(champion_home: Path, encoding: str) -> None:
    done = predict_bytes((CASES / "utf_8.json").read_bytes(), champion_home, encoding)
    assert (done.status, done.err) == (0, "")
    with duckdb.connect(champion_home / "titanic.duckdb", read_only=True) as tables:
        assert tables.execute("SELECT Name FROM predictions").fetchall() == [("Brånd, Mr. X",)]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("case", "words"),
    [("latin_1", "not Unicode text in UTF-8"), ("utf_8_bom", "begins with a byte order mark")],
)
def test_other_bytes_are_refused_in_one_sentence(
    tmp_path: Path, case: str, words: str, encoding: str
) -> None:
    done = predict_bytes((CASES / f"{case}.json").read_bytes(), tmp_path, encoding)
    assert (done.status, done.err) == (1, "")
    assert words in done.json["error"]["detail"]
    assert "codec" not in done.out
    assert "utf-8-sig" not in done.out


def test_a_batch_is_answered_as_by_the_server(run: Command, champion_home: Path) -> None:
    batch = {"instances": [RECORD, RECORD | {"Sex": "female", "Pclass": 1}], "parameters": {}}
    done = run("predict", json.dumps(batch), "--json", "--explain", at=champion_home)
    man, woman = done.json["predictions"]
    assert set(man) == set(woman) > {"prediction", "probability", "uuid", "contributions"}
    assert (man["prediction"], woman["prediction"]) == (0, 1)
    with duckdb.connect(champion_home / "titanic.duckdb", read_only=True) as tables:
        stored = tables.execute("SELECT uuid FROM predictions").fetchall()
    assert {uuid for (uuid,) in stored} == {man["uuid"], woman["uuid"]}


def test_a_batch_without_json_is_a_line_a_record(run: Command, champion_home: Path) -> None:
    done = run("predict", "-", stdin=json.dumps({"instances": [RECORD] * 12}), at=champion_home)
    *answers, version = done.out.splitlines()
    assert [line.split()[0] for line in answers] == [str(number) for number in range(1, 13)]
    assert all("Survived = 0 (died), p = 0." in line for line in answers)
    assert version == "by version 1"


FAULTS = {
    json.dumps({"instances": [RECORD, RECORD | {"Age": 200}, 3]}): (
        "instances/1: Age is 200, must be a number from 0 to 120 years",
        "instances/2: The request is not a JSON object",
    ),
    json.dumps({"instances": []}): ("instances has 0, must be a list of 1 to 1000 records",),
    json.dumps({"instances": RECORD}): ("instances is not a list",),
    json.dumps({"instances": [RECORD] * 1001}): ("instances has 1001",),
    json.dumps({"instances": [RECORD], "parameters": {"a": 1}}): (
        "parameters is not a field of a batch, must be empty or left out",
    ),
    json.dumps({"instances": [RECORD], "explain": True}): ("explain is not a field of a batch",),
    json.dumps([RECORD]): ("The request is a list", 'send {"instances": […]}'),
    json.dumps({"dataframe_records": [RECORD]}): ("dataframe_records", 'send {"instances": […]}'),
    json.dumps({"dataframe_split": {"data": []}}): ("dataframe_split", 'send {"instances": […]}'),
    json.dumps({"inputs": [RECORD]}): ("inputs is not a field", 'send {"instances": […]}'),
}


@pytest.mark.parametrize("request_json", FAULTS, ids=lambda text: text[:24])
def test_the_faults_of_a_batch_are_named(
    run: Command, champion_home: Path, request_json: str
) -> None:
    done = run("predict", request_json, at=champion_home)
    assert (done.status, done.out) == (1, "")
    for words in FAULTS[request_json]:
        assert words in done.err
