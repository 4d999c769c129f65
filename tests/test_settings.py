from __future__ import annotations

from pathlib import Path

import pytest

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.settings import HOME, Settings


def test_the_home_is_the_folder_that_is_named(tmp_path: Path) -> None:
    assert Settings.from_env({HOME: str(tmp_path)}).home == tmp_path


def test_without_a_setting_the_home_is_below_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.from_env({}).home == tmp_path / ".titanic_mlops"


def test_a_relative_home_does_not_move_with_the_current_folder() -> None:
    assert Settings.from_env({HOME: "here"}).home.is_absolute()


@pytest.mark.parametrize("named", ["", "  ", "~nobody-of-that-name/x", "a\0b"])
def test_a_home_that_names_no_folder_is_refused(named: str) -> None:
    with pytest.raises(SettingsInvalid, match=HOME):
        Settings.from_env({HOME: named})


CLOUD_SETTINGS = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "LANDING_BUCKET": "landing",
    "MODEL_BUCKET": "models",
    "DATASET": "titanic",
    "TOPIC_LANDING": "landing",
    "TOPIC_INGESTION_COMPLETE": "projects/other/topics/flats-ingestion_complete",
    "TOPIC_PREDICTIONS": "predictions",
}


def test_the_names_of_the_cloud_choose_it() -> None:
    cloud = Settings.from_env(CLOUD_SETTINGS).cloud
    assert cloud is not None
    assert (cloud.project, cloud.landing_bucket, cloud.model_bucket) == ("p", "landing", "models")
    assert cloud.topics == {
        "landing": "projects/p/topics/landing",
        "ingestion_complete": "projects/other/topics/flats-ingestion_complete",
        "predictions": "projects/p/topics/predictions",
    }


def test_a_project_alone_chooses_nothing() -> None:
    assert Settings.from_env({"GOOGLE_CLOUD_PROJECT": "p"}).cloud is None


def test_the_local_platform_can_be_asked_for_explicitly() -> None:
    assert Settings.from_env(CLOUD_SETTINGS, platform="local").cloud is None


def test_all_missing_names_are_reported_at_once() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        Settings.from_env({"DATASET": "titanic", "MODEL_BUCKET": " "})
    for name in CLOUD_SETTINGS:
        assert (name in str(raised.value)) == (name != "DATASET")
    with pytest.raises(SettingsInvalid, match="LANDING_BUCKET"):
        Settings.from_env({}, platform="gcp")


def test_a_topic_whose_name_does_not_end_in_ours_is_refused() -> None:
    named = CLOUD_SETTINGS | {"TOPIC_LANDING": "projects/p/topics/arrivals"}
    with pytest.raises(SettingsInvalid, match=r"TOPIC_LANDING is .*must be landing"):
        Settings.from_env(named)


def test_origins_are_listed_with_commas() -> None:
    listed = "https://example.com, http://localhost:4200,"
    found = Settings.from_env({"ALLOWED_ORIGINS": listed}).allowed_origins
    assert found == ("https://example.com", "http://localhost:4200")


@pytest.mark.parametrize(
    "origin", ["*", "example.com", "https://example.com/", "https://Example.com", "ftp://a.b"]
)
def test_what_no_browser_would_send_as_origin_is_refused(origin: str) -> None:
    with pytest.raises(SettingsInvalid, match="an origin is like"):
        Settings.from_env({"ALLOWED_ORIGINS": origin})


def test_hosts_are_listed_with_commas() -> None:
    listed = "My-Laptop.local, 192.168.1.5,[fe80::1], fe80::2"
    found = Settings.from_env({"ALLOWED_HOSTS": listed}).allowed_hosts
    assert found == ("my-laptop.local", "192.168.1.5", "fe80::1", "fe80::2")


@pytest.mark.parametrize("host", ["*", "a.b:80", "http://a.b", "a.b/c", "a.b,,c", "192.168.1.5:80"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(SettingsInvalid, match="a host is a name or an address"):
        Settings.from_env({"ALLOWED_HOSTS": host})


SEVERAL = CLOUD_SETTINGS | {
    "PROBLEM": "titanic, salary",
    "DATASET": '{"salary": "salary", "titanic": "people"}',
    "TOPIC_LANDING": '{"salary": "salary-landing", "titanic": "landing"}',
    "TOPIC_INGESTION_COMPLETE": (
        '{"salary": "pay-ingestion_complete", "titanic": "ingestion_complete"}'
    ),
    "TOPIC_PREDICTIONS": '{"salary": "salary-predictions", "titanic": "predictions"}',
}


def test_each_of_several_problems_has_its_own_resources() -> None:
    settings = Settings.from_env(SEVERAL)
    assert (settings.only, settings.problem) == (("titanic", "salary"), "titanic")
    titanic, salary = map(settings.cloud_of, settings.only)
    assert titanic is not None
    assert titanic == settings.cloud
    assert salary is not None
    assert (titanic.dataset, salary.dataset) == ("people", "salary")
    assert titanic.topics["predictions"] == "projects/p/topics/predictions"
    assert salary.topics["predictions"] == "projects/p/topics/salary-predictions"
    assert salary.topics["ingestion_complete"] == "projects/p/topics/pay-ingestion_complete"


def test_a_laptop_serves_the_problems_that_are_listed() -> None:
    settings = Settings.from_env({"PROBLEM": "salary,titanic,salary"})
    assert (settings.only, settings.problem) == (("salary", "titanic"), "salary")
    assert settings.cloud_of("salary") is None
    assert Settings.from_env({"PROBLEM": ""}).only == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"PROBLEM": "titanic,,salary"}, "PROBLEM is 'titanic,,salary', which has an empty name"),
        ({"PROBLEM": ""}, "DATASET has a value for each of salary, titanic, and PROBLEM is not"),
        ({"PROBLEM": "titanic,movies"}, "DATASET has no value for movies; add it"),
        ({"DATASET": "titanic"}, "DATASET is titanic while PROBLEM names titanic, salary"),
        ({"TOPIC_PREDICTIONS": '{"titanic'}, "TOPIC_PREDICTIONS begins with a brace and is no"),
        ({"TOPIC_LANDING": '{"titanic": "landing", "salary": "x"}'}, "TOPIC_LANDING is x; it must"),
    ],
)
def test_problems_never_share_a_dataset_or_a_topic(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        Settings.from_env(SEVERAL | changed)


def test_pinned_problems_and_the_source_of_rows_are_read() -> None:
    settings = Settings.from_env({"PINNED_PROBLEMS": "titanic, salary", "EXTRACT_FROM": " a.b "})
    assert (settings.pinned, settings.extract_from) == (("titanic", "salary"), "a.b")
    assert Settings.from_env({}).pinned == ()


def test_an_empty_name_among_pinned_problems_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="PINNED_PROBLEMS"):
        Settings.from_env({"PINNED_PROBLEMS": "titanic,,salary"})
