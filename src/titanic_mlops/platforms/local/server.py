"""The server process of `up`: `python -m titanic_mlops.platforms.local.server DESCRIPTOR`."""

from __future__ import annotations

import os
import socket
import sys

from titanic_mlops.logs import configure_logging
from titanic_mlops.platforms.local.supervisor import end_with_parent
from titanic_mlops.platforms.serving import open_problems
from titanic_mlops.platforms.timing import CHAMPION_SECONDS
from titanic_mlops.settings import LOCAL, Settings
from titanic_mlops.web.access import LOOPBACK_HOSTS
from titanic_mlops.web.server import serve


def main(descriptor: int) -> None:
    """Serve on the open socket that the parent process listens on."""
    configure_logging("server")
    end_with_parent()
    settings = Settings.from_env(os.environ, platform=LOCAL)
    hosts = (*LOOPBACK_HOSTS, *settings.allowed_hosts)
    application = open_problems(settings, recheck=CHAMPION_SECONDS, hosts=hosts)
    serve(application, socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main(int(sys.argv[1]))
