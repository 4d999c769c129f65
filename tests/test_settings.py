from __future__ import annotations

from pathlib import Path

import pytest

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.settings import HOME, Settings


def test_the_home_is_the_folder_that_is_named(tmp_path: Path) -> None:
    assert Settings.from_env({HOME: str(tmp_path)}).home == tmp_path


def test_without_a_setting_the_home_is_below_the_persons_own(
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
