"""`init`: a stranger's table becomes a declaration, which is loaded, learned from and served."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import ROOT, Run, run_here
from tests.web.conftest import serving
from titanic_mlops import problems
from titanic_mlops.cli import init
from titanic_mlops.platforms.serving import open_application
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.settings import HOME, PROBLEMS, Settings

BIN = Path(sys.executable).parent
ROWS = 240


class Stranger:
    """Someone with tables and a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.own = folder, folder / "home", folder / "own"
        self.own.mkdir()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *words: str | Path, stdin: str = "") -> Run:
        environment = {HOME: str(self.home), PROBLEMS: str(self.own)}
        return run_here(words, environment, stdin=stdin)

    def declared(self, name: str) -> str:
        return (self.own / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    monkeypatch.setattr(problems, "__path__", [*problems.__path__])
    before = {*sys.modules}
    yield Stranger(tmp_path)
    for name in {*sys.modules} - before:
        if name.startswith("titanic_mlops.problems."):
            del sys.modules[name]


def german() -> str:
    """Return semicolons, decimal commas, German words, and every word of a declaration."""
    rng = random.Random(1912)  # noqa: S311 invented rows
    lines = ["Kundennummer;Größe (m²);Umsatz €;seit;um;Farben;Stufe;Stadt;Vorname;Notiz;Land;Kauf"]
    for number in range(ROWS):
        size = rng.uniform(10, 90)
        buys = "ja" if size + rng.gauss(0, 15) > 50 else "nein"
        day = date(2020, 1, 1) + timedelta(days=rng.randrange(900))
        turnover = "-1" if number % 40 == 0 else f"{rng.uniform(0, 500):.2f}".replace(".", ",")
        colours = "|".join(rng.sample(["rot", "grün", "blau"], rng.randint(1, 3)))
        level, city = rng.choice(["gering", "mittel", "hoch"]), rng.choice(["Köln", "Bonn"])
        words = (
            f"{size:.1f}".replace(".", ","),
            turnover,
            f"{day:%d.%m.%Y}",
            f"{day:%d.%m.%Y} 17:30",
        )
        note = " ".join(rng.sample(["gut", "alt", "neu", "laut", "hell", "klein"], 4))
        lines.append(
            ";".join(
                (str(4711 + number), *words, colours, level, city, f"Ann{number}", note, "DE", buys)
            )
        )
    return "\n".join(lines) + "\n"


def rates() -> str:
    """Return numbers with exponents between tabs, and a column whose name is a keyword."""
    rng = random.Random(1912)  # noqa: S311 invented rows
    lines = ["rate\tclass\tconcentration\ttemperature (K)"]
    for number in range(ROWS):
        concentration, temperature = 10 ** rng.uniform(-6, -4), rng.uniform(280, 340)
        rate = concentration * (1 + number % 3) * temperature / 100
        lines.append(f"{rate:.6e}\t{number % 3 + 1}\t{concentration:.4e}\t{temperature:.1f}")
    return "\n".join(lines) + "\n"


def flowers() -> str:
    """Return three classes in words, a column of the platform's name, and a copy of the answer."""
    rng = random.Random(1912)  # noqa: S311 invented rows
    lines = ["split,petal width,kind,code"]
    for number in range(ROWS):
        kind = number % 3
        known = "" if number % 30 == 0 else f"{rng.gauss(kind, 0.3):.2f}"
        lines.append(f"{rng.random():.3f},{known},{('rose', 'lily', 'iris')[kind]},{kind * 7 + 2}")
    return "\n".join(lines) + "\n"


TABLES: dict[str, tuple[Callable[[], str], str, str]] = {
    "kunden": (german, "kauf", "classification"),
    "rates": (rates, "rate", "regression"),
    "flowers": (flowers, "kind", "multiclass"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_strangers_table_is_served(stranger: Stranger, name: str) -> None:
    make, target, task = TABLES[name]
    file = stranger.write(f"{name}.csv", make())
    drafted = stranger.run("init", file, "--target", target, "--json").json
    assert (drafted["task"], drafted["accepted"], drafted["rejected"]) == (task, ROWS, 0)
    loaded = stranger.run("ingest", file, "--problem", name, "--json").json
    assert (loaded["state"], loaded["accepted"], loaded["rejected"]) == ("done", ROWS, 0)
    (version,) = stranger.run("models", "list", "--problem", name, "--json").json
    assert version["champion"], version["verdict"]
    problem = load_problem(name)
    application = open_application(Settings(stranger.home), problem, hosts=("127.0.0.1",))
    with serving(application, stranger.home) as served:
        page = served.get("/", Accept="text/html")
        described = served.get("/openapi.json")
        answer = served.post(drafted["example"], "/?explain=true")
    assert (page.status, answer.status) == (200, 200)
    assert "text/html" in page.headers["content-type"]
    assert json.loads(described.body)["info"]["title"] == problem.title
    players = {name.partition(": ")[0] for name in json.loads(answer.body)["contributions"]}
    assert players == set(problem.feature_columns)


def test_declarations_look_as_if_written_by_hand(stranger: Stranger) -> None:
    """Both ruff and mypy accept the modules, as they do those of the package."""
    for name, (make, target, _) in TABLES.items():
        file = stranger.write(f"{name}.csv", make())
        assert stranger.run("init", file, "--target", target).status == 0
    config, folder = ("--config", ROOT / "pyproject.toml"), stranger.own
    for command in (
        (BIN / "ruff", "format", "--check", *config, folder),
        (BIN / "ruff", "check", *config, "--ignore", "INP001", folder),  # a folder, not a package
        (BIN / "mypy", "--config-file", ROOT / "pyproject.toml", folder),
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_guess_is_a_comment_and_a_line_on_the_screen(stranger: Stranger) -> None:
    file = stranger.write("kunden.csv", german())
    shown = stranger.run("init", file, "--target", "Kauf").out
    source = stranger.declared("kunden").splitlines()
    assert "240 rows would be accepted, 0 rejected." in shown
    for field, sentence in {
        "Kundennummer": "Guess: it identifies a row.",
        "Umsatz_EUR": "Guess: -1 means that the value is unknown.",
        "Vorname": "Guess: it identifies a person, by its name; left out of the features.",
        "Land": "Left out of the features: every value is the same.",
        "Kauf": "Guess: ja is the class whose probability is answered.",
    }.items():
        line = next(i for i, text in enumerate(source) if text.startswith(f"    {field}: "))
        assert f"  {field} (line {line + 1}): {sentence}" in shown
        assert source[line - 1] == f"    # {sentence}"


def test_a_copy_of_the_answer_is_named_and_left_out(stranger: Stranger) -> None:
    file = stranger.write("flowers.csv", flowers())
    drafted = stranger.run("init", file, "--target", "kind", "--json").json
    assert drafted["features"] == ["split_column", "petal_width"]
    (leak,) = [g for g in drafted["guesses"] if g["field"] == "code" and "alone" in g["guess"]]
    assert leak["guess"].startswith("Left out of the features: it alone predicts kind (AUC 1.000)")


def test_a_person_at_a_terminal_is_asked(
    stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init, "_has_reader", lambda: True)
    lines = [f"0{i % 9 + 1}/0{i % 7 + 1}/2024,{i % 4 + 1},{i % 3}" for i in range(ROWS)]
    file = stranger.write("orders.csv", "on,rooms,stars\n" + "\n".join(lines) + "\n")
    done = stranger.run("init", file, "--target", "stars", stdin="2\n2\n2\n")
    assert "The target stars holds 0, 1, 2. What is it?" in done.out
    assert "In on, is 01/01/2024 written with the day first?" in done.out
    assert "rooms holds 1, 2, 3, 4. What is it?" in done.out
    declared = stranger.declared("orders")
    assert 'task="regression"' in declared
    assert 'date_format="%m/%d/%Y"' in declared
    assert 'Literal["1", "2", "3", "4"]' in declared


def refusals() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    yield "t.csv", "a,b\n1,x\n2,x\n", ("--target", "b"), "t.csv: the target b is 'x' in every row"
    yield "t.csv", "a,b\n1,x\n2,y\n", ("--target", "b"), "has 2 classes with one row each"
    yield "t.csv", "a,Label\n1,x\n2,x\n", ("--target", "lable"), "did you mean Label?"
    yield "t.csv", "", ("--target", "a"), "t.csv is empty; it must have a header and rows."
    yield "t.tsv", "a\tb\n", ("--target", "a"), "t.tsv does not end in .csv"
    yield "titanic.csv", "a,b\n", ("--target", "a"), "There is a problem named titanic already"
    yield "t.csv", "a,b\n", ("--target", "a", "--name", "My-T"), "The name 'My-T' cannot name"


@pytest.mark.parametrize(("file", "text", "words", "said"), [*refusals()])
def test_what_cannot_be_drafted_is_refused_in_one_sentence(
    stranger: Stranger, file: str, text: str, words: tuple[str, ...], said: str
) -> None:
    done = stranger.run("init", stranger.write(file, text), *words)
    assert (done.status, done.out) == (1, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert not list(stranger.own.iterdir())


def test_a_file_that_is_not_there_is_refused(stranger: Stranger) -> None:
    done = stranger.run("init", "nowhere.csv", "--target", "a")
    assert done.status == 1
    assert "nowhere.csv" in done.err


def test_few_rows_are_drafted_with_a_warning(stranger: Stranger) -> None:
    text = "a,b\n" + "".join(f"{i}.5,{'xy'[i % 2]}\n" for i in range(8))
    done = stranger.run("init", stranger.write("t.csv", text), "--target", "b", "--name", "tiny")
    assert done.status == 0
    assert "8 labelled rows; at least 10 are needed." in done.out
    assert "tiny" in problem_names()


def test_a_small_table_that_can_be_learned_from_has_no_warning(stranger: Stranger) -> None:
    text = "a,b\n" + "".join(f"{i * 7 % 40}.5,{'xy'[i % 2]}\n" for i in range(40))
    done = stranger.run("init", stranger.write("small.csv", text), "--target", "b")
    assert (done.status, "Warning" in done.out) == (0, False)


def test_a_clone_takes_the_declaration_into_the_package(
    stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "clone" / "src" / "titanic_mlops" / "problems"
    package.mkdir(parents=True)
    monkeypatch.setattr(problems, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(problems, "__path__", [*problems.__path__, str(package)])
    file = stranger.write("rates.csv", rates())
    command: dict[str, Any] = {"words": ("init", file, "--target", "rate"), "env": {}}
    refused = run_here(**command)
    assert "This is no clone of the repository; set TITANIC_MLOPS_PROBLEMS" in refused.err
    (tmp_path / "clone" / "pyproject.toml").touch()
    assert run_here(**command).status == 0
    assert (package / "rates.py").is_file()


def test_derive_writes_the_schemas_of_an_own_problem(stranger: Stranger, tmp_path: Path) -> None:
    file = stranger.write("rates.csv", rates())
    assert stranger.run("init", file, "--target", "rate").status == 0
    (tmp_path / "pyproject.toml").touch()
    environment = {HOME: str(stranger.home), PROBLEMS: str(stranger.own)}
    assert run_here(["derive"], environment, cwd=tmp_path).status == 0
    assert (tmp_path / "terraform" / "schemas" / "rates" / "training_data.json").is_file()
    assert (tmp_path / "docs" / "schemas" / "rates.openapi.json").is_file()


def test_a_folder_that_is_not_there_is_named(stranger: Stranger) -> None:
    stranger.own.rmdir()
    done = stranger.run("status")
    assert done.status == 1
    assert "TITANIC_MLOPS_PROBLEMS names" in done.err


def test_a_file_with_the_name_of_a_shipped_problem_is_refused(stranger: Stranger) -> None:
    """Python would load the shipped one in its place, without a word."""
    (stranger.own / "salary.py").write_text("PROBLEM = None\n", encoding="utf-8")
    done = stranger.run("status")
    assert done.status == 1
    assert "salary.py has the name of a problem of the package" in done.err


def test_columns_of_one_name_are_left_out_with_a_warning(stranger: Stranger) -> None:
    text = "a,x,X,b\n" + "".join(f"{i * 7 % 40}.5,1,2,{'xy'[i % 2]}\n" for i in range(40))
    done = stranger.run("init", stranger.write("twice.csv", text), "--target", "b")
    assert done.status == 0
    assert "the header has x, X more than once; these columns are left out." in done.out


def test_a_line_with_too_many_fields_makes_no_class(stranger: Stranger) -> None:
    lines = [f"{i * 7 % 40}.5,{'xy'[i % 2]}\n" for i in range(200)]
    text = "a,b\n" + "".join(lines) + "1,2,3,4\n" * 4
    done = stranger.run("init", stranger.write("ragged.csv", text), "--target", "b")
    assert done.status == 0
    assert 'Literal["x", "y"]' in stranger.declared("ragged")
