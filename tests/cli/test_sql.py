"""`sql` and `table` on a home with the real table: rows, limits, formats, refusals."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command

BY_SEX = "SELECT Sex, COUNT(*) AS n FROM training_set GROUP BY Sex ORDER BY Sex"
CELLS = "SELECT '=cmd()' AS a, '-5' AS b, -5 AS c, '@x' AS d, 'plain' AS e, NULL AS f, TRUE AS g"


@pytest.fixture(scope="module")
def home(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(trained, tmp_path_factory.mktemp("looking") / "home"))


def test_a_select_is_answered_in_each_format(run: Command) -> None:
    assert run("sql", BY_SEX, "--json").json == [
        {"Sex": "female", "n": 314},
        {"Sex": "male", "n": 577},
    ]
    assert run("sql", BY_SEX, "--format", "json").out == run("sql", BY_SEX, "--json").out
    assert run("sql", BY_SEX, "--format", "csv").out.split() == ["Sex,n", "female,314", "male,577"]
    shown = [line.split() for line in run("sql", BY_SEX).out.splitlines()]
    assert shown == [["Sex", "n"], ["female", "314"], ["male", "577"]]


def test_any_function_may_be_called(run: Command) -> None:
    sql = "SELECT UPPER(Sex) AS s, STDDEV(Age) > 10 AS wide FROM training_set GROUP BY s ORDER BY s"
    assert run("sql", sql, "--json").json[0] == {"s": "FEMALE", "wide": True}


def test_a_limit_is_said_when_it_is_reached(run: Command) -> None:
    sql = "SELECT PassengerId FROM training_set ORDER BY PassengerId"
    cut = run("sql", sql, "--limit", "890", "--json")
    assert (len(cut.json), "first 890 rows" in cut.err) == (890, True)
    whole = run("sql", sql, "--limit", "891", "--json")
    assert (len(whole.json), whole.err) == (891, "")


def test_a_text_cell_is_no_formula_in_csv(run: Command) -> None:
    (row,) = csv.DictReader(io.StringIO(run("sql", CELLS, "--format", "csv").out))
    assert row == {
        "a": "'=cmd()",
        "b": "'-5",
        "c": "-5",
        "d": "'@x",
        "e": "plain",
        "f": "",
        "g": "true",
    }
    assert run("sql", CELLS, "--json").json[0]["a"] == "=cmd()"


def test_a_cell_of_any_type_is_printed(run: Command) -> None:
    sql = "SELECT [1, 2] AS l, STRUCT(1 AS x) AS s, DATE '2024-05-01' AS d, b'z' AS b, "
    sql += "CAST('inf' AS FLOAT64) AS i"
    expected = {"l": [1, 2], "s": {"x": 1}, "d": "2024-05-01", "b": "z", "i": "inf"}
    assert run("sql", sql, "--json").json == [expected]
    assert "2024-05-01" in run("sql", sql).out
    assert '"[1, 2]"' in run("sql", sql, "--format", "csv").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sql", "DELETE FROM training_data WHERE TRUE"), "begins with DELETE; only a SELECT"),
        (("sql", "SELECT * FROM read_text('/*')"), "the function read_text"),
        (("sql", "SELECT * FROM `/etc/passwd`"), "no table /etc/passwd"),
        (("sql", "SELECT Agee FROM training_set"), 'column "Agee" not found'),
        (("sql", "SELECT 1 FRM x"), "line 1, column"),
        (("table", "training_st"), "did you mean training_set?"),
        (("table", "training_set", "--where", "Ag=3"), "did you mean Age?"),
        (("table", "training_set", "--columns", "Nam"), "did you mean Name?"),
    ],
)
def test_a_refusal_is_one_sentence(run: Command, words: tuple[str, ...], sentence: str) -> None:
    done = run(*words)
    assert (done.status, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert sentence in done.err
    refused = run(*words, "--format", "json")
    assert (refused.status, sentence in refused.json["error"]["detail"]) == (1, True)


def test_a_table_is_shown_page_by_page(run: Command) -> None:
    words = ("table", "training_set", "--columns", "PassengerId", "--limit", "400", "--json")
    pages = [run(*words, "--offset", str(offset)) for offset in (0, 400, 800)]
    keys = [row["PassengerId"] for page in pages for row in page.json]
    assert keys == list(range(1, 892))
    assert ["--offset 800" in page.err for page in pages] == [False, True, False]


def test_a_table_is_filtered_by_values(run: Command) -> None:
    words = ("--where", "Sex=female", "--where", "Pclass = 1", "--where", "Cabin=", "--json")
    found = run("table", "training_set", *words).json
    assert len(found) == 13
    assert {(row["Sex"], row["Pclass"], row["Cabin"]) for row in found} == {("female", 1, None)}


@pytest.mark.parametrize("condition", ["Sex", "=male"])
def test_a_condition_of_another_form_is_wrong_usage(run: Command, condition: str) -> None:
    assert run("table", "training_set", "--where", condition).status == 2


def test_a_table_without_rows_says_so(run: Command) -> None:
    assert run("table", "rejected").out == "No rows.\n"
    assert run("table", "rejected", "--json").json == []
