"""The platform on Google Cloud: deployed functions do the work, a command watches the ledger."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from titanic_mlops.errors import Unavailable
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.messages import DeadLetter
from titanic_mlops.pipeline import dead_letters, landing
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.platforms import Progress
from titanic_mlops.platforms.condition import Condition
from titanic_mlops.platforms.gcp.ports import open_cloud_ports
from titanic_mlops.platforms.timing import (
    CLOUD_POLL_SECONDS,
    DEAD_LETTER_SECONDS,
    STALLED_SECONDS,
)
from titanic_mlops.platforms.waiting import dead_letter_error, wait_until_final
from titanic_mlops.ports import Ports
from titanic_mlops.prediction import Answered
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Cloud

KEPT_BY_GOOGLE = (
    "BigQuery's time travel shows deleted rows for 7 days; its fail-safe keeps them for 7 more.",
    "The model bucket keeps earlier versions of staged rows for 1 day, of snapshots for 90 days.",
    "A message on its way may bring a record for 7 days; erase the key again after that.",
)
"""What `erase` cannot remove. The figures are those of terraform/, and Google's own."""


@dataclass(frozen=True)
class CloudPlatform:
    """One problem on Google Cloud; `landing_bucket` announces its objects by itself."""

    problem: Problem
    ports: Ports
    landing_bucket: str
    dataset: str
    poll_seconds: float = CLOUD_POLL_SECONDS
    dead_letter_seconds: float = DEAD_LETTER_SECONDS
    stalled_seconds: float = STALLED_SECONDS

    def land(self, path: Path, *, forced: bool = False, folder: str = "") -> Entry:
        """Upload a file into the landing bucket; return its ledger entry."""
        info = landing.land(path, self.problem, self.ports.landing, folder=folder)
        event = ObjectFinalized(self.landing_bucket, info.key, info.version)
        return self._ledger.begin(event, forced=forced)

    def wait_until_final(self, file_id: str, progress: Progress | None = None) -> Entry:  # noqa: ARG002 functions report none
        """Read the ledger until a file is final; of a duplicate, until its original is too."""
        return wait_until_final(self._ledger, file_id, _Watch(self).look)

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters, which a subscription writes into their table."""
        return dead_letters.dead_letters(self.ports)

    def condition(self) -> Condition:
        """Return the place alone: the depth of subscriptions is known to Cloud Monitoring only."""
        return Condition(self.dataset)

    def replay(self, letter: DeadLetter, progress: Progress | None = None) -> list[Entry]:
        """Publish a dead letter again; wait for its file, if it has one."""
        dead_letters.replay(letter, self.ports)
        files = dead_letters.files_of(letter.message)
        return [self.wait_until_final(file_id, progress) for file_id in files]

    def resume_unfinished(self) -> None:
        """Leave it to the function `monitor_model`, which the scheduler calls."""

    def collect_messages(self) -> None:
        """Leave it to the subscriptions, which write into the tables."""

    def forget_deleted(self) -> tuple[str, ...]:
        """Return what Google keeps of deleted rows and objects, and for how long."""
        return KEPT_BY_GOOGLE

    def predict(self, request: object) -> Answered:
        """Answer one request; a subscription writes its records into the table."""
        return predict(request, self.problem, self.ports)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.ports.storage, self.problem.name)


class _Watch:
    """Look at a file that functions are working on, and notice when none of them does."""

    def __init__(self, platform: CloudPlatform) -> None:
        self._platform = platform
        self._seen: Entry | None = None
        self._changed = self._asked = time.monotonic()

    def look(self, entry: Entry) -> None:
        """Sleep until the next read of the ledger.

        Raises:
            Unavailable: the file's message is a dead letter, or its state has not changed for
                too long.
        """
        now = time.monotonic()
        if entry != self._seen:
            self._seen, self._changed = entry, now
        stalled = now - self._changed > self._platform.stalled_seconds
        if stalled or now - self._asked > self._platform.dead_letter_seconds:
            self._asked = now
            if reason := dead_letters.reasons_by_file(self._platform.ports).get(entry.file_id):
                raise dead_letter_error(entry, reason)
        if stalled:
            raise Unavailable(
                f"{entry.file} has been {entry.state} for {self._platform.stalled_seconds:g} s; "
                "the logs of the functions say why. The next run of `monitor_model` announces "
                "it again."
            )
        time.sleep(self._platform.poll_seconds)


def open_cloud(cloud: Cloud, problem: Problem, *, pinned: bool = False) -> CloudPlatform:
    """Return the platform of one problem; clients are created, nothing is requested."""
    ports = replace(open_cloud_ports(cloud), pinned=pinned)
    return CloudPlatform(problem, ports, cloud.landing_bucket, f"{cloud.project}.{cloud.dataset}")
