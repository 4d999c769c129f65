"""The commands that the documents name exist; those that can run without an account do run.

The README's and docs/http.md's run in test_readme.py, CONTRIBUTING's how-tos in test_how_tos.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from tests.cli.commands import run_here
from tests.documentation.pages import PAGES, ROOT, commands, lines, spans
from tests.wire.platform import WirePlatform, wire_services
from titanic_mlops.cli import main
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import CLOUD, EXTRACT, PINNED, PROJECT

PLACEHOLDERS = {"FILE": "dataset/titanic.csv", "ID": "0", "N": "1", "TEXT": "why"}
OURS = [
    (page, words)
    for page in PAGES
    for words in dict.fromkeys(commands(page, "titanic-mlops"))
    if "…" not in words and "rents" not in words  # `rents` is the problem that a how-to adds
]
DEPLOYED = [words for words in commands("docs/deploy.md", "titanic-mlops") if "gcp" in words]
TERRAFORM = [
    (page, text) for page in PAGES for text in (*lines(page), *spans(page)) if "-chdir=" in text
]
BLOCK = re.compile(r'^(output|variable) "(\w+)"', re.MULTILINE)


def declared(folder: str) -> set[tuple[str, str]]:
    """Return the outputs and variables of a Terraform root."""
    files = sorted((ROOT / folder).glob("*.tf"))
    return {found for file in files for found in BLOCK.findall(file.read_text(encoding="utf-8"))}


def parse(words: tuple[str, ...]) -> None:
    """Resolve a command and its options as the command line does, and do not run it."""
    context, rest = click.Context(main), list(words)
    command: click.Command = main
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        context, command = click.Context(found, parent=context, info_name=name), found
    if not isinstance(command, click.Group):
        command.make_context(command.name, rest, parent=context.parent)
    elif rest:
        assert {rest[0]} <= {option for param in command.params for option in param.opts}


@pytest.mark.parametrize("page", ["docs/deploy.md", "docs/operations.md", "SECURITY.md"])
def test_these_documents_name_commands(page: str) -> None:
    assert page in {found for found, _ in OURS}


@pytest.mark.parametrize(
    ("page", "words"), OURS, ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_a_command_has_these_subcommands_and_options(page: str, words: tuple[str, ...]) -> None:
    try:
        parse(tuple(PLACEHOLDERS.get(word, word) for word in words))
    except click.exceptions.Exit:  # --help and --version
        return
    except click.MissingParameter:  # a text names the command alone
        assert " ".join(words) not in "\n".join(lines(page)), "a command in a block is complete"


@pytest.fixture(scope="module")
def services(titanic: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirePlatform]:
    with wire_services(titanic, tmp_path_factory.mktemp("wire")) as served:
        yield served


@pytest.mark.parametrize("words", DEPLOYED, ids=" ".join)
def test_a_command_of_the_deployment_page_runs(
    words: tuple[str, ...], services: WirePlatform
) -> None:
    done = run_here(words, services.environment)
    rolled_back = "rollback" in words  # refused on a new deployment, which has no version
    assert done.status == int(rolled_back), done.out + done.err
    assert done.out + done.err


def test_the_deployment_page_looks_into_models_and_letters() -> None:
    looking = {words[:2] for words in DEPLOYED}
    assert looking >= {("models", "list"), ("held", "list"), ("dead", "list")}


def test_operations_names_every_variable_of_the_environment() -> None:
    known = {span for span in spans("docs/operations.md") if re.fullmatch("[A-Z_]+", span)}
    assert known == {PROJECT, *CLOUD, PINNED, EXTRACT}


@pytest.mark.parametrize("page", PAGES)
def test_every_target_that_a_document_names_is_in_the_makefile(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {word for words in commands(page, "make") for word in words if "=" not in word}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_program_and_test_that_a_document_names_exists(page: str) -> None:
    modules = {words[0].replace(".", "/") + ".py" for words in commands(page, "python -m")}
    tests = {word for words in commands(page, "pytest") for word in words if word[0] != "-"}
    paths = modules | {word for word in tests if word.startswith("tests")}
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_the_deployment_page_runs_both_terraform_roots() -> None:
    folders = {found for _, text in TERRAFORM for found in re.findall(r"-chdir=([\w/]+)", text)}
    assert folders == {"terraform", "terraform/bootstrap"}


@pytest.mark.parametrize(("page", "text"), TERRAFORM)
def test_terraform_declares_what_a_command_names(page: str, text: str) -> None:
    for command in re.split(r"[|;]", text):
        folders = re.findall(r"-chdir=([\w/]+)", command)
        if not folders:
            continue
        variables = re.findall(r"-var (\w+)=", command)
        outputs = re.findall(r"\boutput(?: -\w+)* (\w+)", command)
        named = {*(("variable", v) for v in variables), *(("output", o) for o in outputs)}
        assert named <= declared(folders[0]), page


def test_terraform_declares_what_the_deployment_page_calls_an_output() -> None:
    text = PAGES["docs/deploy.md"]
    named = {("output", name) for name in re.findall(r"\boutput `(\w+)`", text)}
    named |= {("variable", name) for name in re.findall(r"`-var (\w+)=", text)}
    assert named
    assert named <= declared("terraform") | declared("terraform/bootstrap")


def test_contributing_names_the_tests_of_every_room() -> None:
    house = PAGES["CONTRIBUTING.md"].partition("## The house")[2].partition("## The rules")[0]
    rows = [row for row in house.splitlines() if row.startswith("| `") and "`pytest tests/" in row]
    named = {name for row in rows for name in re.findall(r"`([\w.]+/?)`", row.split("|")[1])}
    package = ROOT / "src" / "titanic_mlops"
    rooms = {path.name + "/" * path.is_dir() for path in package.iterdir()}
    assert {room for room in rooms if not room.startswith(("_", "py.typed"))} <= named
