"""Problems are found by their files; a broken one costs no other."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.problems.conftest import DECLARATION, Plant
from titanic_mlops.cli import main
from titanic_mlops.errors import NoChampion, UnknownName
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.problems.base import Problem
from titanic_mlops.problems.base.checks import NAME
from titanic_mlops.problems.base.column_checks import BATCH, PLATFORM_COLUMNS
from titanic_mlops.rules.request import INSTANCES
from titanic_mlops.tables.problem import predictions_data, training_data

BROKEN = DECLARATION.replace('Numeric("Age")', 'Numeric("Agee")').replace('key="P', 'key="p')
ROOT = Path(__file__).parents[2]


Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Plant) -> Ask:
    """Run a command in this process; it is imported once a problem is planted."""

    def command(source: str, *words: str) -> Result:
        plant(source)
        monkeypatch.delitem(sys.modules, "titanic_mlops.cli.predict", raising=False)
        environment = {"TITANIC_MLOPS_HOME": str(tmp_path / "home")}
        return CliRunner().invoke(main, ["predict", *words, "{}"], env=environment)

    return command


@pytest.mark.parametrize("name", problem_names())
def test_every_file_of_the_folder_declares_its_problem(name: str) -> None:
    assert load_problem(name).name == name


def test_the_folder_holds_nothing_but_declarations() -> None:
    assert "titanic" in problem_names()
    assert not {"base", "__init__"} & set(problem_names())


def test_an_unknown_problem_is_named_with_its_neighbour() -> None:
    with pytest.raises(UnknownName, match="did you mean titanic"):
        load_problem("titanik")


def test_a_command_prints_each_fault_on_a_line(ask: Ask) -> None:
    done = ask(BROKEN, "--problem", "planted")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        (
            "Declaration invalid: problems/planted.py: the key is 'passengerId', which is not a "
            "column; did you mean PassengerId?"
        ),
        (
            "problems/planted.py: the feature Numeric reads 'Agee', which is not a column; did you "
            "mean Age?"
        ),
    ]


def test_a_program_gets_every_fault_in_one_document(ask: Ask) -> None:
    done = ask(BROKEN, "--json", "--problem", "planted")
    assert done.exit_code == 1
    error = json.loads(done.stdout)["error"]
    assert error["title"] == "Declaration invalid"
    assert error["detail"].count("problems/planted.py: ") == 2


def test_a_declaration_that_ends_the_program_is_a_fault(ask: Ask) -> None:
    done = ask("raise SystemExit(3)", "--problem", "planted")
    assert done.exit_code == 1
    assert "the module cannot be imported: SystemExit in line 1: 3" in done.stderr


@pytest.mark.parametrize("source", [BROKEN, "1 / 0", "def", "raise SystemExit(3)"])
def test_a_broken_declaration_costs_no_other_problem(source: str, ask: Ask) -> None:
    done = ask(source, "--json", "--problem", "titanic")
    assert "planted" in problem_names()
    assert json.loads(done.stdout)["error"]["title"] == NoChampion.title


def test_reserved_columns_are_those_that_tables_add(titanic: Problem) -> None:
    stored = {
        field.name for table in (training_data, predictions_data) for field in table(titanic).fields
    }
    read = {"first_split", "label_file_id", "taken"}  # columns of views and SELECTs
    assert (stored | read) - set(titanic.by_name) == PLATFORM_COLUMNS


def test_limits_agree_with_the_rooms_that_keep_them() -> None:
    assert BATCH == INSTANCES
    variables = (ROOT / "terraform" / "variables.tf").read_text(encoding="utf-8")
    (pattern,) = re.findall(r'regex\("\^([^"]+)\$", problem\)', variables)
    assert pattern == NAME
