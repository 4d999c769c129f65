"""The platform that the settings name, as a person's commands see it."""

from __future__ import annotations

from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.wiring.cloud import CloudPlatform, open_cloud_ports
from titanic_mlops.wiring.local import LocalPlatform, open_local

Platform = LocalPlatform | CloudPlatform


def open_platform(settings: Settings, problem: Problem) -> Platform:
    """Return the platform of one problem; the local one is made where it is missing."""
    if settings.cloud is None:
        return open_local(settings, problem)
    ports = open_cloud_ports(settings.cloud)
    return CloudPlatform(problem, ports, settings.cloud.landing_bucket)
