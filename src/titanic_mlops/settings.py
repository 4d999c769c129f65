"""The only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from titanic_mlops.errors import SettingsInvalid

HOME, PROBLEM = "TITANIC_MLOPS_HOME", "PROBLEM"
DEFAULT_HOME, DEFAULT_PROBLEM = ".titanic_mlops", "titanic"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the local platform keeps everything, and which problem an entry point serves."""

    home: Path
    problem: str = DEFAULT_PROBLEM

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings that the environment names.

        The home is below the user's by default, and the problem is titanic.

        Raises:
            SettingsInvalid: a setting cannot be used.
        """
        named = environ.get(HOME, f"~/{DEFAULT_HOME}")
        if not named.strip() or "\0" in named:
            raise SettingsInvalid(f"{HOME} is empty; it must name a folder, or not be set.")
        try:
            home = Path(named).expanduser().absolute()
        except RuntimeError:  # no such user, or no home folder at all
            raise SettingsInvalid(
                f"{named} begins with a home folder that is not there; set {HOME} to a folder."
            ) from None
        return cls(home, environ.get(PROBLEM, DEFAULT_PROBLEM))
