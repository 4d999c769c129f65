"""The only reader of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch
from typing import Self

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, PREDICTIONS

HOME, PROBLEM, ORIGINS = "TITANIC_MLOPS_HOME", "PROBLEM", "ALLOWED_ORIGINS"
DEFAULT_HOME, DEFAULT_PROBLEM = ".titanic_mlops", "titanic"
LOCAL, GCP = "local", "gcp"

PROJECT = "GOOGLE_CLOUD_PROJECT"
TOPICS = {f"TOPIC_{name.upper()}": name for name in (LANDING, INGESTION_COMPLETE, PREDICTIONS)}
CLOUD = ("LANDING_BUCKET", "MODEL_BUCKET", "DATASET", *TOPICS)
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

    `home` is the local platform's; `cloud` is None unless the platform is Google's. Pages of
    `allowed_origins` alone may read predictions; of every origin, where none is named.
    """

    home: Path
    problem: str = DEFAULT_PROBLEM
    cloud: Cloud | None = None
    allowed_origins: tuple[str, ...] = ()

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
        named = environ.get(PROBLEM, DEFAULT_PROBLEM)
        return cls(_home(environ), named, cloud, tuple(_origins(environ.get(ORIGINS, ""))))


def _origins(listed: str) -> Iterator[str]:
    """Yield what a browser would send as Origin; anything else would never match."""
    if not listed:
        return
    for origin in map(str.strip, listed.strip(" ,").split(",")):
        named = fullmatch(r"(https?)://[a-z0-9.-]+(:[1-9][0-9]*)?", origin)
        if not named or (named[1], named[2]) in {("http", ":80"), ("https", ":443")}:
            raise SettingsInvalid(
                f"{ORIGINS} lists {origin or 'nothing'}; an origin is like https://example.com or "
                "http://localhost:4200: lower case, no path, no slash at its end, and a port only "
                "where it is not the usual one."
            )
        yield origin


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
    topics = {ours: _topic(environ[name], ours, project) for name, ours in TOPICS.items()}
    landing, models = environ["LANDING_BUCKET"], environ["MODEL_BUCKET"]
    emulated = bool(environ.get("BIGQUERY_EMULATOR_HOST"))
    return Cloud(project, landing, models, environ["DATASET"], topics, emulated)


def _topic(named: str, ours: str, project: str) -> str:
    """Return a topic's full name; dead letters are led back to ours by the end of it."""
    found = fullmatch(rf"(projects/[^/]+/topics/)?([\w.-]*\w-)?{ours}", named)
    if not found:
        raise SettingsInvalid(
            f"TOPIC_{ours.upper()} is {named}; it must be {ours}, or end in -{ours}."
        )
    return named if found[1] else f"projects/{project}/topics/{named}"
