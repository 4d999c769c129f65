"""The platform that the settings name."""

from __future__ import annotations

from titanic_mlops.platforms import Platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings


def open_platform(settings: Settings, problem: Problem) -> Platform:
    """Return the platform of one problem; create the local one where it is missing.

    Raises:
        Unavailable: the home of the local platform cannot be written.
    """
    if settings.cloud is None:
        from titanic_mlops.platforms.local.platform import (  # noqa: PLC0415 no bundle carries it
            open_local,
        )

        return open_local(settings, problem)
    from titanic_mlops.platforms.gcp.platform import (  # noqa: PLC0415 loads Google's clients
        open_cloud,
    )

    return open_cloud(settings.cloud, problem)
