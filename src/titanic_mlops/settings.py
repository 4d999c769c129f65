"""The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path
from re import fullmatch
from typing import Self

from titanic_mlops.errors import SettingsInvalid
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, PREDICTIONS

HOME, PROBLEM = "TITANIC_MLOPS_HOME", "PROBLEM"
PROBLEMS = "TITANIC_MLOPS_PROBLEMS"
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
class Settings:
    """The platform, where it keeps its data, and which problems it serves.

    `home` is the folder of the local platform; `cloud` is None there. `only` is the one problem
    that the environment names; every declared one is served without it. Browsers let pages of
    `allowed_origins` read predictions; pages of every origin if it is empty. The server of a laptop
    answers for `allowed_hosts` too, beside the loopback.
    """

    home: Path
    problem: str = DEFAULT_PROBLEM
    cloud: Cloud | None = None
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    only: str = ""

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
        cloud = _cloud(environ) if platform == GCP else None
        only = environ.get(PROBLEM, "")
        origins = tuple(_origins(environ.get(ORIGINS, "")))
        hosts = tuple(_hosts(environ.get(HOSTS, "")))
        return cls(_home(environ), only or DEFAULT_PROBLEM, cloud, origins, hosts, only)


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


def _origins(listed: str) -> Iterator[str]:
    """Yield the origins, each as a browser sends it: any other spelling would never match."""
    if not listed:
        return
    for origin in map(str.strip, listed.strip(" ,").split(",")):
        found = fullmatch(r"(https?)://[a-z0-9.-]+(:[1-9][0-9]*)?", origin)
        if not found or (found[1], found[2]) in {("http", ":80"), ("https", ":443")}:
            raise SettingsInvalid(
                f"{ORIGINS} lists {origin or 'an empty origin'}; an origin is like "
                "https://example.com or http://localhost:4200: lower case, no path, no slash "
                "at the end, and no default port."
            )
        yield origin


def _hosts(listed: str) -> Iterator[str]:
    """Yield the hosts in lower case, an IPv6 address without its brackets."""
    for host in map(str.strip, listed.strip(" ,").split(",") if listed else ()):
        name = host.lower().removeprefix("[").removesuffix("]")
        if not fullmatch(r"[a-z0-9._-]+", name) and not _is_ipv6(name):
            raise SettingsInvalid(
                f"{HOSTS} lists {host or 'an empty host'}; a host is a name or an address, like "
                "my-laptop.local or 192.168.1.5: no scheme, no port, no path, no wildcard."
            )
        yield name


def _is_ipv6(name: str) -> bool:
    try:
        IPv6Address(name)
    except ValueError:
        return False
    return True


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


def _cloud(environ: Mapping[str, str]) -> Cloud:
    missing = [name for name in (PROJECT, *CLOUD) if not environ.get(name, "").strip()]
    if missing:
        raise SettingsInvalid(
            f"The platform on Google Cloud needs {', '.join(missing)}; set all of them "
            "(`terraform output environment` prints them)."
        )
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
