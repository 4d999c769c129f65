"""The platform that the settings name, as a person's commands see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from titanic_mlops.platforms.ports import PATIENCE
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

if TYPE_CHECKING:
    from titanic_mlops.platforms.gcp import CloudPlatform
    from titanic_mlops.platforms.local.platform import LocalPlatform

Platform: TypeAlias = "LocalPlatform | CloudPlatform"


def open_platform(settings: Settings, problem: Problem) -> Platform:
    """Return the platform of one problem; the local one is made where it is missing."""
    if settings.cloud is None:
        from titanic_mlops.platforms.local.platform import open_local  # noqa: PLC0415 a bundle has none

        return open_local(settings, problem)
    from titanic_mlops.platforms.gcp import (  # noqa: PLC0415 loads Google's clients
        CloudPlatform,
        open_cloud_ports,
    )

    ports = open_cloud_ports(settings.cloud, patience=PATIENCE)
    return CloudPlatform(problem, ports, settings.cloud.landing_bucket)
