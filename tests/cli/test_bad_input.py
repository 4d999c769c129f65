"""Every expected mistake: one sentence, exit status 1 (2 for usage), no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import Run
from tests.cli.conftest import TABLE, Command

TABLE_ROWS = TABLE.read_text(encoding="utf-8").splitlines()


def assert_refused(done: Run, *words: str, status: int = 1) -> None:
    assert done.status == status, done
    assert done.out == ""
    said = done.err.splitlines()
    assert "Traceback" not in done.err
    sentence = [line for line in said if not line.endswith("…")]
    assert len(sentence) == 1, said
    for word in words:
        assert word in sentence[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", ("empty",)),
        ("binary.csv", b"PK\x03\x04" + bytes(range(256)), ("binary.csv", "a CSV file")),
        ("header.csv", b"a,b\n1,2\n", ("header", "PassengerId")),
        ("semicolon.csv", "\n".join(TABLE_ROWS).replace(",", ";").encode(), ("semicolon",)),
        ("utf16.csv", "\n".join(TABLE_ROWS).encode("utf-16"), ("UTF-16", "UTF-8")),
        (
            "missing.csv",
            "\n".join(TABLE_ROWS).replace("Embarked", "Harbour").encode(),
            ("Embarked", "missing"),
        ),
        (
            "twice.csv",
            "\n".join(TABLE_ROWS).replace("Cabin", "Age", 1).encode(),
            ("Age",),
        ),
        ("notes.txt", b"some notes", (".csv",)),
    ],
)
def test_a_file_that_is_not_the_problems_table_is_rejected(
    run: Command, tmp_path: Path, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert_refused(run("ingest", file, at=tmp_path / "home"), name, *words)
    assert run("models", "list", "--json", at=tmp_path / "home").json == []


def test_a_missing_file_or_a_folder_is_refused_without_side_effects(
    run: Command, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert_refused(run("ingest", tmp_path / "none.csv", at=home), "There is no file", "none.csv")
    assert_refused(run("ingest", tmp_path, at=home), "is not a file")
    assert not home.exists()


def test_an_unknown_column_causes_a_warning_only(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "extra.csv"
    header, *rows = TABLE_ROWS[:130]
    file.write_text("\n".join([f"{header},Nickname", *(f"{row},x" for row in rows)]))
    done = run("ingest", file, at=tmp_path / "home")
    assert "Nickname" in done.out
    assert "129 rows accepted" in done.out


def test_a_prediction_without_a_champion_names_the_next_step(run: Command, tmp_path: Path) -> None:
    assert_refused(run("predict", "{}", at=tmp_path), "no champion yet", "ingest")


def test_a_training_without_rows_says_how_many_it_needs(run: Command, tmp_path: Path) -> None:
    done = run("train", at=tmp_path)
    assert_refused(done, "0 labelled rows", "at least 10")


def test_up_does_not_run_on_google_cloud(run: Command, tmp_path: Path) -> None:
    home = tmp_path / "file"  # a platform that starts all the same ends at once
    home.write_text("")
    done = run("up", "--platform", "gcp", "--port", "0", at=home)
    assert done.status == 2
    assert "local platform only" in done.err


def test_an_unknown_version_is_refused(run: Command, tmp_path: Path) -> None:
    assert_refused(run("models", "show", "3", at=tmp_path), "no version 3", "none")


def test_a_rollback_without_a_champion_is_refused(run: Command, tmp_path: Path) -> None:
    assert_refused(run("models", "rollback", at=tmp_path), "no champion yet")


def test_a_damaged_model_file_answers_no_prediction(run: Command, champion_home: Path) -> None:
    model = champion_home / "storage/models/titanic/versions/1/model.npz"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    request = '{"Pclass": 1, "Sex": "male", "SibSp": 0, "Parch": 0}'
    assert_refused(run("predict", request, at=champion_home), "model.npz", "sha256")


@pytest.mark.parametrize(
    "request_json",
    ["", "{", "[]", "3", "null", '{"Pclass": NaN}', '{"Age": 1, "Age": 2}', "[" * 100_000],
)
def test_an_unreadable_request_is_refused(
    run: Command, champion_home: Path, request_json: str
) -> None:
    done = run("predict", "-", stdin=request_json, at=champion_home)
    assert done.status == 1
    assert "Traceback" not in done.err
    assert done.err.startswith("Request ")


def test_a_home_below_a_file_is_refused(run: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("models", "list", at=tmp_path / "file" / "home")
    assert_refused(done, "file", "folder")


def test_a_blank_home_is_refused(run: Command) -> None:
    assert_refused(run("models", "list", at=Path(" ")), "TITANIC_MLOPS_HOME")


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("ingest",),
        ("models", "show", "one"),
        ("models", "promote", "1"),
        ("train", "--problem", "unheard-of"),
    ],
)
def test_wrong_usage_ends_with_two(run: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, at=tmp_path)
    assert done.status == 2
    assert "Usage:" in done.err


def test_derive_outside_a_repository_is_refused(run: Command, tmp_path: Path) -> None:
    assert_refused(run("derive", cwd=tmp_path), "pyproject.toml")


def test_file_names_and_rows_cannot_control_the_terminal(run: Command, tmp_path: Path) -> None:
    header, *rows = TABLE_ROWS[:40]
    spoiled = (
        rows[0]
        .replace("Braund, Mr. Owen Harris", "[/red][bold]\x1b[31mBraund")
        .replace("22,", "130,")
    )
    file = tmp_path / "[bold] of [red]\x1b[2J.csv"
    file.write_text("\n".join([f"{header},[/]\x1b", *(f"{row},x" for row in [spoiled, *rows])]))
    done = run("ingest", file, at=tmp_path / "home")
    assert "1 rejected" in done.out
    assert "[/red][bold]·[31mBraund" in done.out
    assert "[bold] of [red]·[2J.csv" in done.out
    assert "\x1b" not in done.out + done.err
    assert done.status == 0


def test_derive_refuses_a_lossy_schema_change_and_writes_nothing(
    run: Command, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").touch()
    assert run("derive", cwd=tmp_path).status == 0
    schema = tmp_path / "terraform" / "schemas" / "titanic" / "training_data.json"
    deployed = schema.read_text().replace('"type": "FLOAT64"', '"type": "INT64"', 1)
    schema.write_text(deployed)
    (tmp_path / "dataset" / "README.md").unlink()
    assert_refused(run("derive", cwd=tmp_path), "training_data.Age is INT64, not FLOAT64")
    assert schema.read_text() == deployed
    assert not (tmp_path / "dataset" / "README.md").exists()
