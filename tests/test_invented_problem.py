"""A problem that is declared in one file passes every step without a change elsewhere."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM
from titanic_mlops.errors import RequestInvalid
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.settings import Settings

WORDS = ("balcony", "garden", "cellar", "noisy", "quiet", "lift")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> LocalPlatform:
    folder = tmp_path_factory.mktemp("flats")
    platform = open_local(Settings(folder / "home"), PROBLEM)
    landed = platform.land(_table(folder / "flats.csv"))
    assert platform.handle_next()
    entry = Ledger(platform.ports.storage, PROBLEM.name).get(landed.file_id)
    assert (entry.state, entry.accepted, entry.rejected) == ("announced", 800, 2)
    return platform


def _table(path: Path) -> Path:
    """Write flats; the rent follows from area, balcony and noise, plus Gaussian noise."""
    draw = random.Random(7)  # noqa: S311 seeded test data
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["flat", "house", "rooms", "area", "heating", "advert", "rent"])
        for number in range(800):
            area = round(draw.uniform(15, 120), 1)
            words = draw.sample(WORDS, 3)
            heating = draw.choice(["gas", "oil", "wood"])
            rent = 9 * area + 150 * ("balcony" in words) - 200 * ("noisy" in words)
            rent = round(max(rent + draw.gauss(0, 40), 50), 2)
            rooms = "" if number % 9 == 0 else 1 + int(area // 30)
            house = f"h{number // 4}"
            writer.writerow([f"f{number}", house, rooms, area, heating, " ".join(words), rent])
        writer.writerow(["f900", "h900", 2, 50, "coal", "quiet", 500])
        writer.writerow(["f901", "h901", 2, 2, "gas", "quiet", "free"])
    return path


def test_it_is_trained_judged_and_promoted(platform: LocalPlatform) -> None:
    training = train_model(None, PROBLEM, platform.ports)
    assert (training.version, training.promoted) == (1, True)
    assert "mean absolute error" in training.verdict.sentence
    assert "without advert" in training.verdict.sentence


def test_it_predicts_with_an_interval_and_contributions(platform: LocalPlatform) -> None:
    train_model(None, PROBLEM, platform.ports)
    request = {"flat": "x", "house": "y", "area": 80, "heating": "gas"}
    adverts = [{**request, "advert": "quiet Balcony"}, {**request, "advert": "quiet noisy"}]
    answered = predict({"instances": adverts}, PROBLEM, platform.ports)
    with_balcony, noisy = answered.predictions

    body = with_balcony.answer(explain=True)
    low, high = body["interval"]
    assert low < body["prediction"] < high
    players = dict.fromkeys(name.partition(": ")[0] for name in body["contributions"])
    assert list(players) == ["area", "rooms", "heating", "advert"]
    assert body["contributions"]["advert: balcony"] > 0
    total = body["baseline"] + sum(body["contributions"].values())
    assert total == pytest.approx(body["prediction"], abs=1e-9)
    difference = float(with_balcony.prediction) - float(noisy.prediction)
    assert 150 < difference < 500  # 350 in truth


def test_its_record_is_stored_under_its_own_columns(platform: LocalPlatform) -> None:
    train_model(None, PROBLEM, platform.ports)
    request = {"flat": "z", "house": "y", "area": 30, "heating": "oil"}
    (answered,) = predict(request, PROBLEM, platform.ports).predictions
    platform.store_predictions()
    low, high = answered.interval or (0.0, 0.0)
    (row,) = platform.ports.warehouse.query(
        "SELECT area, heating, prediction, probability, interval_low, interval_high "
        "FROM predictions WHERE uuid = @uuid",
        {"uuid": answered.uuid},
    ).to_pylist()
    assert row == {
        "area": 30.0,
        "heating": "oil",
        "prediction": answered.prediction,
        "probability": None,
        "interval_low": low,
        "interval_high": high,
    }
    assert low < high


def test_every_invalid_field_is_named_at_once(platform: LocalPlatform) -> None:
    train_model(None, PROBLEM, platform.ports)
    with pytest.raises(RequestInvalid) as refused:
        predict({"flat": "x", "area": 1, "heating": "coal", "rent": 5}, PROBLEM, platform.ports)
    rules = {(fault.field, fault.rule) for fault in refused.value.faults}
    assert rules == {
        ("rent", "target"),
        ("area", "range"),
        ("heating", "category"),
    }
