"""The ports of the platform that the settings name, for a function that runs one step."""

from __future__ import annotations

from dataclasses import replace

from titanic_mlops.ports import Ports
from titanic_mlops.problems import require_declared
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import PINNED, Settings


def open_ports(settings: Settings, problem: Problem) -> Ports:
    """Return the ports of one problem; create the local platform where it is missing.

    Raises:
        Unavailable: the home of the local platform cannot be written.
    """
    cloud = settings.cloud_of(problem.name)
    if cloud is None:
        require_declared(PINNED, settings.pinned)  # a bundle declares its own problems only
        from titanic_mlops.platforms.local.platform import (  # noqa: PLC0415 no bundle carries it
            open_local,
        )

        return open_local(settings, problem).ports
    from titanic_mlops.platforms.gcp.ports import (  # noqa: PLC0415 loads Google's clients
        open_cloud_ports,
    )

    return replace(open_cloud_ports(cloud), pinned=problem.name in settings.pinned)
