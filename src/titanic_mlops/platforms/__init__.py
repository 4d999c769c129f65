"""Each platform as a whole: its ports, what a command asks of it, the processes that run it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a deployed endpoint carries this package and none of these
    from pathlib import Path

    from titanic_mlops.ledger import Entry
    from titanic_mlops.messages import DeadLetter
    from titanic_mlops.platforms.condition import Condition
    from titanic_mlops.ports import Ports
    from titanic_mlops.prediction import Answered
    from titanic_mlops.problems.base import Problem

Progress = Callable[[int], None]
"""Receives how many bytes of a file have been read."""


class Platform(Protocol):
    """One problem on one platform, as a command uses it."""

    @property
    def problem(self) -> Problem:
        """The problem."""

    @property
    def ports(self) -> Ports:
        """Its ports, for steps that a command runs by itself."""

    def land(self, path: Path, *, forced: bool = False, folder: str = "") -> Entry:
        """Put a file into the landing bucket and announce it; return its ledger entry.

        It stands in a `folder/` of the problem's, if given. A `forced` file is loaded even if the
        same bytes were loaded before.

        Raises:
            Unavailable: the landing bucket or the ledger cannot be written.
        """

    def wait_until_final(self, file_id: str, progress: Progress | None = None) -> Entry:
        """Return a file's entry in its final state; of a duplicate, once its original is final.

        Raises:
            NotFound: no such file has landed.
            Unavailable: its message is a dead letter, or no message will move it on.
        """

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters that no user has replayed or discarded, oldest first."""

    def condition(self) -> Condition:
        """Return what only the platform knows of itself; change nothing."""

    def replay(self, letter: DeadLetter, progress: Progress | None = None) -> list[Entry]:
        """Publish a dead letter again; return its file's entry, if it has one, once it is final.

        Raises:
            Unavailable: as `wait_until_final`.
        """

    def resume_unfinished(self) -> None:
        """Announce again what a crash left unfinished, where no scheduler does so."""

    def collect_messages(self) -> None:
        """Store pending records and dead letters in their tables, where nothing else does so."""

    def forget_deleted(self) -> tuple[str, ...]:
        """Remove what deleted rows have left on the disk; return what is kept, in sentences.

        Raises:
            Unavailable: a file is open elsewhere.
        """

    def predict(self, request: object) -> Answered:
        """Answer one decoded request, a record or a batch; its records are durable on return.

        Raises:
            RequestInvalid: naming every faulty field.
            NoChampion: no version has been promoted.
            ModelDamaged: the champion's files are not the registered ones.
            Unavailable: the record could not be stored.
        """
