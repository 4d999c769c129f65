"""The only reader of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from titanic_mlops.errors import SettingsInvalid

HOME, PROBLEM = "TITANIC_MLOPS_HOME", "PROBLEM"
DEFAULT_HOME, DEFAULT_PROBLEM = ".titanic_mlops", "titanic"
LOCAL, GCP = "local", "gcp"

PROJECT = "GOOGLE_CLOUD_PROJECT"
CLOUD = (
    "LANDING_BUCKET",
    "MODEL_BUCKET",
    "DATASET",
    "TOPIC_LANDING",
    "TOPIC_INGESTION_COMPLETE",
    "TOPIC_PREDICTIONS",
)
"""What names the platform on Google Cloud; the project alone may be set for other reasons."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the platform lives on Google Cloud; `topics` holds full names by ours."""

    project: str
    landing_bucket: str
    model_bucket: str
    dataset: str
    topics: Mapping[str, str]
    bigquery_emulated: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the platform keeps everything, and which problem an entry point serves.

    `home` is the local platform's; `cloud` is None unless the platform is Google's.
    """

    home: Path
    problem: str = DEFAULT_PROBLEM
    cloud: Cloud | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, platform: str = "") -> Self:
        """Return the settings that the environment names.

        The `platform` is Google's where any of its names is set, if none is asked for. The
        home is below the user's by default, and the problem is titanic.

        Raises:
            SettingsInvalid: a setting cannot be used, or some are missing: all are named.
        """
        on_cloud = any(environ.get(name) for name in CLOUD)
        platform = platform or (GCP if on_cloud else LOCAL)
        cloud = _cloud(environ) if platform == GCP else None
        return cls(_home(environ), environ.get(PROBLEM, DEFAULT_PROBLEM), cloud)


def _home(environ: Mapping[str, str]) -> Path:
    named = environ.get(HOME, f"~/{DEFAULT_HOME}")
    if not named.strip() or "\0" in named:
        raise SettingsInvalid(f"{HOME} is empty; it must name a folder, or not be set.")
    try:
        return Path(named).expanduser().absolute()
    except RuntimeError:  # no such user, or no home folder at all
        raise SettingsInvalid(
            f"{named} begins with a home folder that is not there; set {HOME} to a folder."
        ) from None


def _cloud(environ: Mapping[str, str]) -> Cloud:
    missing = [name for name in (PROJECT, *CLOUD) if not environ.get(name, "").strip()]
    if missing:
        raise SettingsInvalid(
            f"The platform on Google Cloud lacks {', '.join(missing)}; set all of them "
            "(`terraform output environment` prints them)."
        )
    project = environ[PROJECT]
    topics = {
        name.removeprefix("TOPIC_").lower(): _full_topic(environ[name], project)
        for name in CLOUD
        if name.startswith("TOPIC_")
    }
    landing, models = environ["LANDING_BUCKET"], environ["MODEL_BUCKET"]
    emulated = bool(environ.get("BIGQUERY_EMULATOR_HOST"))
    return Cloud(project, landing, models, environ["DATASET"], topics, emulated)


def _full_topic(named: str, project: str) -> str:
    return named if named.startswith("projects/") else f"projects/{project}/topics/{named}"
