"""The server process of `up`: `python -m titanic_mlops.platforms.local.server DESCRIPTOR`."""

from __future__ import annotations

import os
import socket
import sys

from titanic_mlops.platforms.local.ending import end_with_parent
from titanic_mlops.platforms.local.logs import tell_story
from titanic_mlops.platforms.serving import open_application
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import LOCAL, Settings
from titanic_mlops.web.server import serve

RECHECK_SECONDS = 1.0
"""A look at the champion costs a file's time here, so it is taken often."""


def main(descriptor: int) -> None:
    """Serve on an open socket that a parent process listens on."""
    tell_story("server")
    end_with_parent()
    settings = Settings.from_env(os.environ, platform=LOCAL)
    problem = load_problem(settings.problem)
    serve(
        open_application(settings, problem, recheck=RECHECK_SECONDS),
        socket.socket(fileno=descriptor),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
