"""The list of commands, and what a command imports before it runs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from tests.cli.commands import ROOT, run_here
from tests.cli.conftest import TABLE, Command
from titanic_mlops import cli
from titanic_mlops.cli import EXIT_STATUS
from titanic_mlops.cli.demo import files
from titanic_mlops.cli.options import served_option
from titanic_mlops.learning.verdict import not_compared
from titanic_mlops.ledger import STATES
from titanic_mlops.pipeline.judge_model import Training
from titanic_mlops.problems import problem_names
from titanic_mlops.settings import SERVICES

HELP = """
import sys
from titanic_mlops.cli import main
for words in {words}:
    try:
        main([*words, "--help"], prog_name="titanic-mlops")
    except SystemExit as ended:
        assert ended.code == 0
print(sorted({slow} & set(sys.modules)))
"""
SLOW = {"sklearn", "scipy", "pandas", "duckdb", "numpy", "pyarrow", "rich", "sqlglot", "uvicorn"}
FORBIDDEN = {"sklearn", "scipy", "pandas", "google.cloud.storage", "google.cloud.bigquery"}


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_listed_help_is_the_commands_own(name: str) -> None:
    command: click.Command = getattr(import_module(f"titanic_mlops.cli.{name}"), name)
    assert command.name == name
    assert command.get_short_help_str(limit=100) == cli.COMMANDS[name]


def test_every_module_of_a_command_is_listed() -> None:
    folder = Path(cli.__file__).parent
    shared = {
        "__init__",
        "console",
        "explanation",
        "formats",
        "group",
        "options",
        "output",
        "report",
        "reproduce",
    }
    assert {path.stem for path in folder.iterdir()} - shared - {"__pycache__"} == set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("words", "slow"),
    [([()], SLOW), ([(name,) for name in cli.COMMANDS], FORBIDDEN)],
    ids=["list of commands", "each command"],
)
def test_help_imports_nothing_slow(words: list[tuple[str, ...]], slow: set[str]) -> None:
    code = HELP.format(words=words, slow=slow)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_help_lists_every_command_with_its_line(run: Command) -> None:
    out = run("--help").out
    for name, line in cli.COMMANDS.items():
        assert f"  {name:<9}{line}\n" in out


@pytest.mark.parametrize(
    ("words", "meant"),
    [(("ingestt",), "ingest"), (("held", "lst"), "list")],
    ids=["group", "command"],
)
def test_a_misspelt_command_gets_a_suggestion(
    run: Command, words: tuple[str, ...], meant: str
) -> None:
    done = run(*words)
    assert done.status == 2
    assert f"No such command '{words[-1]}'. Did you mean '{meant}'?" in done.err


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        ([], "de", {"dead", "demo", "derive"}),
        (["held"], "", {"list", "release", "discard"}),
        (["models"], "pro", {"promote"}),
        (["ingest"], "--f", {"--force"}),
    ],
)
def test_the_shell_completes_commands_and_options(
    words: list[str], incomplete: str, found: set[str]
) -> None:
    completion = ShellComplete(cli.main, {}, "titanic-mlops", "_TITANIC_MLOPS_COMPLETE")
    assert {item.value for item in completion.get_completions(words, incomplete)} == found


def test_an_unknown_problem_in_the_environment_is_wrong_usage(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBLEM", "unheard-of")
    done = run("models", "list", at=tmp_path)
    assert (done.status, done.out) == (2, "")
    known = ", ".join(problem_names())
    told = f"Error: PROBLEM is 'unheard-of', no declared problem; there are: {known}.\n"
    assert done.err == told


def test_a_list_of_problems_in_the_environment_is_none_for_a_command_about_one(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBLEM", "salary,movies")
    done = run("models", "list", at=tmp_path)
    assert (done.status, done.out) == (2, "")
    told = "Error: PROBLEM lists 'salary,movies', and this command is about one problem: "
    assert done.err == told + "name it with --problem.\n"


def test_the_problem_option_overrides_the_environment(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBLEM", "unheard-of")
    done = run("models", "list", "--problem", "titanic", "--json", at=tmp_path)
    assert (done.status, done.json) == (0, [])


def test_up_serves_the_problems_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, ...]] = []

    @click.command()
    @served_option
    def serve(only: tuple[str, ...]) -> None:
        served.append(only)

    declared = ("flats", "sales", "flowers")
    monkeypatch.setattr("titanic_mlops.cli.options.problem_names", lambda: declared)
    first, second, _ = declared
    for words in (["--problem", f"{second},{first}"], []):
        assert CliRunner().invoke(serve, words).exit_code == 0
    monkeypatch.setenv("PROBLEM", first)
    assert CliRunner().invoke(serve, []).exit_code == 0
    assert served == [(second, first), (), (first,)]


def test_up_refuses_a_list_with_an_unknown_problem(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBLEM", "titanic,unheard-of")
    done = run("up", at=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("Error: PROBLEM is 'unheard-of', no declared problem; there are: ")


@pytest.mark.parametrize("words", [("--help",), ("train", "--help")], ids=" ".join)
def test_help_needs_no_declared_problem(
    run: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PROBLEM", "unheard-of")
    assert run(*words).status == 0


def test_an_installed_demo_names_the_clone_it_needs(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.DATASET == TABLE
    monkeypatch.setattr("titanic_mlops.cli.demo.DATASET", tmp_path / "titanic.csv")
    done = run("demo", at=tmp_path)
    assert (done.status, done.out) == (1, "")
    (sentence,) = done.err.splitlines()
    assert "dataset/titanic.csv" in sentence
    assert "clone" in sentence


CLOUD_SETTINGS = {
    "GOOGLE_CLOUD_PROJECT": "somewhere",
    "LANDING_BUCKET": "landing",
    "MODEL_BUCKET": "models",
    "DATASET": "titanic",
    "TOPIC_LANDING": "landing",
    "TOPIC_INGESTION_COMPLETE": "ingestion_complete",
    "TOPIC_PREDICTIONS": "predictions",
}


@pytest.mark.parametrize("words", [(), ("--platform", "gcp")], ids=["environment", "option"])
def test_an_unreachable_google_cloud_is_a_sentence(words: tuple[str, ...]) -> None:
    closed = dict.fromkeys(SERVICES, "http://127.0.0.1:1")
    done = run_here(("models", "list", *words), CLOUD_SETTINGS | closed)
    *said, refused = done.err.splitlines()
    assert (done.status, done.out) == (1, "")
    assert refused.startswith("Unavailable: Google Cloud cannot be reached: 127.0.0.1:1 (")
    assert bool(said) == (not words)
    assert all("Google Cloud, project somewhere, as the environment says" in one for one in said)


@pytest.mark.parametrize(
    "words",
    [
        ("files", "revoke", "x"),
        ("files", "restore", "x"),
        ("files", "accept", "x"),
        ("models", "promote", "1"),
        ("models", "rollback"),
        ("erase", "1"),
    ],
    ids=" ".join,
)
def test_a_decision_without_a_reason_is_wrong_usage(
    run: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(*words, "--why", " ", at=tmp_path)
    assert done.status == 2
    assert "the reason is empty" in done.err


def test_files_can_be_listed_in_every_state(run: Command, tmp_path: Path) -> None:
    assert {"revoking", "restoring"} <= set(STATES)
    for state in STATES:
        assert run("files", "list", "--state", state, at=tmp_path).status == 0


def test_a_page_beyond_every_table_is_wrong_usage(run: Command, tmp_path: Path) -> None:
    done = run("table", "training_set", "--offset", "99999999999999999999", at=tmp_path)
    assert (done.status, "SQL" in done.err) == (2, False)


def test_help_and_documents_have_one_table_of_exit_statuses(run: Command) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    shown = " ".join(run("--help").out.split())
    for status, meaning in EXIT_STATUS.items():
        assert f"| {status} | {meaning} |" in page
        assert f" {status} {meaning}" in shown


def test_a_challenger_that_is_not_promoted_ends_train_with_one(
    champion_home: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdict = not_compared("The challenger is rejected by the gate: it is worse.")
    found = Training(2, promoted=False, verdict=verdict)
    monkeypatch.setattr("titanic_mlops.pipeline.train_model.train_model", lambda *_: found)
    done = run("train", "--json", at=champion_home)
    assert (done.status, done.json["promoted"]) == (1, False)
    assert done.json["error"] == {
        "title": "Not promoted",
        "detail": "Version 2 is rejected by the gate: it is worse.",
    }


def test_a_training_that_gives_the_champion_again_ends_with_0(
    champion_home: Path, run: Command
) -> None:
    done = run("train", at=champion_home)
    assert done.status == 0, done.err
    assert "already serves" in done.out
