"""A problem that uses every word of a declaration passes every step, without a key."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.sales_problem import HEADER, SALES
from titanic_mlops.errors import RequestInvalid
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.settings import Settings

ROWS = 600
EXAMPLE = dict(SALES.examples[0])


def sales(path: Path) -> Path:
    """Write sales of which red ones, and those of non-members, are returned more often."""
    draw = random.Random(7)  # noqa: S311 seeded test data
    lines = [HEADER]
    for number in range(ROWS):
        sold = date(2024, 1, 1) + timedelta(days=draw.randrange(500))
        colours = draw.sample(["red", "blue", "green"], draw.randint(1, 2))
        member = draw.random() < 0.5
        width, height = draw.randint(1, 40), draw.randint(1, 40)
        turnover = "-1" if number % 20 == 0 else f"{draw.uniform(1, 90):.2f}".replace(".", ",")
        likely = 0.03 + 0.5 * ("red" in colours) + 0.44 * (not member)
        cells = [
            sold.strftime("%d.%m.%Y"),
            f"{sold:%d.%m.%Y} {draw.randrange(24):02}:00" if number % 3 else "",
            turnover,
            draw.choice(["S", "M", "L", ""]),
            "/".join(colours),
            draw.choice(["sport", "indoors+sport", ""]),
            "ja" if member else "nein",
            str(width),
            str(height),
            str(width * height),
            draw.choice(["passt gut", "passt nicht", "keine"]),
            draw.choices(["yes", "no"], [likely, 1 - likely])[0],
            "ignored",
        ]
        lines.append(";".join(cells) + "\n")
    lines += [lines[1], lines[1]]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> LocalPlatform:
    folder = tmp_path_factory.mktemp("sales")
    platform = open_local(Settings(folder / "home"), SALES)
    entry = loaded(platform, sales(folder / "sales.csv"))
    assert (entry.state, entry.accepted, entry.rejected) == ("announced", ROWS + 2, 0)
    training = train_model(None, SALES, platform.ports)
    assert training.promoted, training.sentence
    return platform


def loaded(platform: LocalPlatform, path: Path) -> Entry:
    landed, ledger = platform.land(path), Ledger(platform.ports.storage, SALES.name)
    while ledger.get(landed.file_id).state == "received":
        assert platform.handle_next()
    return ledger.get(landed.file_id)


def count(platform: LocalPlatform, table: str) -> int:
    (row,) = platform.ports.warehouse.query(f"SELECT COUNT(*) AS n FROM {table}").to_pylist()
    return int(row["n"])


def test_an_exact_duplicate_counts_once(platform: LocalPlatform) -> None:
    assert (count(platform, "accepted_rows"), count(platform, "training_set")) == (ROWS + 2, ROWS)


def test_an_answer_is_a_word_with_the_probability_of_the_second(platform: LocalPlatform) -> None:
    red = {**EXAMPLE, "colours": ["red"], "member": False}
    blue = {**EXAMPLE, "colours": ["blue"], "member": True}
    answered = predict({"instances": [red, blue]}, SALES, platform.ports)
    first, second = (one.answer(explain=True) for one in answered.predictions)
    assert (first["prediction"], second["prediction"]) == ("yes", "no")
    assert first["probability"] > 0.5 > second["probability"]
    assert {"extent", "colours"} & {name.partition("=")[0] for name in first["contributions"]}
    total = first["baseline"] + sum(first["contributions"].values())
    assert total == pytest.approx(first["score"], abs=1e-9)


def test_a_request_needs_only_what_the_model_reads(platform: LocalPlatform) -> None:
    needed = {name: EXAMPLE[name] for name in ("sold", "member", "width", "height")}
    (answered,) = predict(needed, SALES, platform.ports).predictions
    assert answered.prediction in {"no", "yes"}


def test_a_record_is_stored_with_its_types(platform: LocalPlatform) -> None:
    (answered,) = predict(EXAMPLE, SALES, platform.ports).predictions
    platform.store_predictions()
    (row,) = platform.ports.warehouse.query(
        "SELECT sold, colours, member, prediction FROM predictions WHERE uuid = @uuid",
        {"uuid": answered.uuid},
    ).to_pylist()
    assert row == {
        "sold": date(2024, 5, 31),
        "colours": "blue/red",
        "member": True,
        "prediction": answered.prediction,
    }


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("sold", "31.05.2024", "sold is '31.05.2024', must be a date such as 2024-05-31"),
        ("uses", ["war"], "uses holds 'war', must be a set from indoors, outdoors, sport"),
        ("colours", "red", "colours is 'red', must be a set of texts"),
        ("member", 1, "member is 1, must be nein or ja"),
        ("area", 10, "area is 10.0, must be width times height"),
        ("returned", "no", "returned is the target, must be left out"),
    ],
)
def test_a_wrong_field_gets_one_sentence(
    platform: LocalPlatform, field: str, value: object, sentence: str
) -> None:
    with pytest.raises(RequestInvalid) as refused:
        predict({**EXAMPLE, field: value}, SALES, platform.ports)
    assert [str(fault) for fault in refused.value.faults] == [sentence]


def test_the_same_rows_again_change_nothing(platform: LocalPlatform, tmp_path: Path) -> None:
    before = count(platform, "training_set")
    again = sales(tmp_path / "again.csv")
    again.write_text(again.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    entry = loaded(platform, again)
    assert entry.state == "announced", entry.explanation
    assert count(platform, "training_set") == before
