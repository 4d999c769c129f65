"""The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from re import fullmatch
from typing import Self

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, PREDICTIONS
from titanic_mlops.listed_settings import listed_hosts, listed_origins, listed_problems
from titanic_mlops.values_by_problem import values_by_problem

HOME, PROBLEM = "TITANIC_MLOPS_HOME", "PROBLEM"
PROBLEMS = "TITANIC_MLOPS_PROBLEMS"
PINNED, EXTRACT = "PINNED_PROBLEMS", "EXTRACT_FROM"
ORIGINS, HOSTS = "ALLOWED_ORIGINS", "ALLOWED_HOSTS"
DEFAULT_HOME, DEFAULT_PROBLEM = ".titanic_mlops", "titanic"
LOCAL, GCP = "local", "gcp"

PROJECT = "GOOGLE_CLOUD_PROJECT"
TOPICS = {f"TOPIC_{name.upper()}": name for name in (LANDING, INGESTION_COMPLETE, PREDICTIONS)}
SERVICES = {
    "STORAGE_EMULATOR_HOST": "https://storage.googleapis.com",
    "BIGQUERY_EMULATOR_HOST": "https://bigquery.googleapis.com",
    "PUBSUB_EMULATOR_HOST": "https://pubsub.googleapis.com",
}
"""The variable in which Google's clients find an emulator of each service, and the service."""
CLOUD = ("LANDING_BUCKET", "MODEL_BUCKET", "DATASET", *TOPICS)
"""Any of these selects Google Cloud; the project alone may be set for other programs."""
BY_PROBLEM = ("DATASET", *TOPICS)
"""Each problem has these for itself: for several, a value is a JSON object by problem."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The platform's resources on Google Cloud; `topics` maps our names to full names.

    `services` are the addresses of its services; an emulated one takes no credentials.
    """

    project: str
    landing_bucket: str
    model_bucket: str
    dataset: str
    topics: Mapping[str, str]
    bigquery_emulated: bool = False
    services: tuple[str, ...] = ()
    credentials_needed: bool = False


@dataclass(frozen=True, slots=True)
class StorageService:
    """Where Cloud Storage answers, whichever platform is chosen; `project` pays for no read."""

    address: str
    credentials_needed: bool
    project: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The platform, where it keeps its data, and which problems it serves.

    `home` is the folder of the local platform; `cloud` is None there. `only` are the problems that
    the environment names, and `problem` is the first; every declared one is served without them.
    `clouds` are the resources of each of them, where they are several. Browsers let pages of
    `allowed_origins` read predictions; pages of every origin if it is empty. The server of a laptop
    answers for `allowed_hosts` too, beside the loopback. No file starts a training of a problem
    that is `pinned`. `ingest --query` reads `extract_from`: a DuckDB file, a dataset on the cloud.
    """

    home: Path
    problem: str = DEFAULT_PROBLEM
    cloud: Cloud | None = None
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    clouds: Mapping[str, Cloud] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    extract_from: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, platform: str = "") -> Self:
        """Return the settings in the environment.

        Without `platform`, the platform is Google Cloud if any of its names is set. By default
        the home is below the user's, and the problem is titanic.

        Raises:
            SettingsInvalid: naming one unusable setting, or all missing ones.
        """
        on_cloud = any(environ.get(name) for name in CLOUD)
        platform = platform or (GCP if on_cloud else LOCAL)
        only = tuple(listed_problems(PROBLEM, environ.get(PROBLEM, "")))
        problem = only[0] if only else DEFAULT_PROBLEM
        clouds = _clouds(environ, only) if platform == GCP else {}
        cloud = clouds[problem] if clouds else None
        origins = tuple(listed_origins(ORIGINS, environ.get(ORIGINS, "")))
        hosts = tuple(listed_hosts(HOSTS, environ.get(HOSTS, "")))
        pinned = tuple(listed_problems(PINNED, environ.get(PINNED, "")))
        source = environ.get(EXTRACT, "").strip()
        return cls(_home(environ), problem, cloud, origins, hosts, only, clouds, pinned, source)

    def cloud_of(self, problem: str) -> Cloud | None:
        """Return one problem's resources on Google Cloud; None on a laptop."""
        return self.clouds.get(problem, self.cloud)


def storage_service() -> StorageService:
    """Return where Cloud Storage answers, for a read that no platform's settings are about."""
    emulator = os.environ.get("STORAGE_EMULATOR_HOST", "")
    address = emulator or SERVICES["STORAGE_EMULATOR_HOST"]
    return StorageService(address, not emulator, os.environ.get(PROJECT, "") or "none")


def own_problems() -> Path | None:
    """Return the folder of the user's own declarations, None if the environment names none.

    Raises:
        SettingsInvalid: there is no such folder.
    """
    named = os.environ.get(PROBLEMS, "").strip()
    if not named:
        return None
    folder = Path(os.path.expanduser(named)).absolute()  # noqa: PTH111 it never raises
    if not folder.is_dir():
        raise SettingsInvalid(
            f"{PROBLEMS} names {folder}, which is no folder; create it, or unset {PROBLEMS}."
        )
    return folder


def _home(environ: Mapping[str, str]) -> Path:
    named = environ.get(HOME, f"~/{DEFAULT_HOME}")
    if not named.strip() or "\0" in named:
        raise SettingsInvalid(f"{HOME} is empty; set it to a folder, or unset it.")
    try:
        return Path(named).expanduser().absolute()
    except RuntimeError:  # there is no such user, or the user has no home folder
        raise SettingsInvalid(
            f"{named} begins with a home folder that does not exist; set {HOME} to a folder."
        ) from None


def _clouds(environ: Mapping[str, str], only: tuple[str, ...]) -> dict[str, Cloud]:
    """Return the resources of each problem in `only`, of the default one if there is none."""
    missing = [name for name in (PROJECT, *CLOUD) if not environ.get(name, "").strip()]
    if missing:
        raise SettingsInvalid(
            f"The platform on Google Cloud needs {', '.join(missing)}; set all of them "
            "(`terraform output environment` prints them)."
        )
    values = {name: values_by_problem(name, environ[name], only) for name in BY_PROBLEM}
    problems = only or (DEFAULT_PROBLEM,)
    return {
        problem: _cloud({**environ, **{name: found[problem] for name, found in values.items()}})
        for problem in problems
    }


def _cloud(environ: Mapping[str, str]) -> Cloud:
    project = environ[PROJECT]
    topics = {ours: _topic(environ[name], ours, project) for name, ours in TOPICS.items()}
    landing, models = environ["LANDING_BUCKET"], environ["MODEL_BUCKET"]
    emulated = bool(environ.get("BIGQUERY_EMULATOR_HOST"))
    services = tuple(environ.get(name) or address for name, address in SERVICES.items())
    needed = not all(environ.get(name) for name in SERVICES)
    dataset = environ["DATASET"]
    return Cloud(project, landing, models, dataset, topics, emulated, services, needed)


def _topic(named: str, ours: str, project: str) -> str:
    """Return a topic's full name; its end tells a dead letter's topic, so it must be ours."""
    found = fullmatch(rf"(projects/[^/]+/topics/)?([\w.-]*\w-)?{ours}", named)
    if not found:
        raise SettingsInvalid(
            f"TOPIC_{ours.upper()} is {named}; it must be {ours}, or end in -{ours}."
        )
    return named if found[1] else f"projects/{project}/topics/{named}"
