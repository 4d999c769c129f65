"""The platform that the settings name."""

from __future__ import annotations

from titanic_mlops.platforms import Platform
from titanic_mlops.problems import require_declared
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import PINNED, Settings


def open_platform(settings: Settings, problem: Problem, *, reading: bool = False) -> Platform:
    """Return the platform of one problem; create the local one where it is missing.

    For `reading` alone, a local home that cannot be written is left as it is.

    Raises:
        Unavailable: the home of the local platform cannot be written, or Google Cloud cannot be
            reached, or there are no credentials for it.
    """
    require_declared(PINNED, settings.pinned)
    cloud = settings.cloud_of(problem.name)
    if cloud is None:
        from titanic_mlops.platforms.local.platform import (  # noqa: PLC0415 no bundle carries it
            open_local,
        )

        return open_local(settings, problem, reading=reading)
    from titanic_mlops.adapters.gcp.access import (  # noqa: PLC0415 loads a part of them
        require_access,
    )

    require_access(cloud.services, credentials=cloud.credentials_needed)
    from titanic_mlops.platforms.gcp.platform import (  # noqa: PLC0415 loads Google's clients
        open_cloud,
    )

    return open_cloud(cloud, problem, pinned=problem.name in settings.pinned)
