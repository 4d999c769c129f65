"""The errors of the project, and whether the same call can succeed later.

TitanicMlopsError            retry?
├── PortError                what a port may raise, on every platform
│   ├── NotFound             no: nothing is stored under the name
│   ├── Conflict             no: another writer changed it; read it again, then decide
│   ├── Rejected             no: the call itself is at fault
│   └── Unavailable          yes: the service, the disk or a lock did not answer
│       ├── StoreDamaged     yes, once the file is repaired: it was removed or damaged
│       └── Busy             yes: another process holds a file; waiting is no fault of a message
├── FileRejected             no: no rows can be read from a file
├── EventUnreadable          no: a message is not of the form that its topic requires
├── RequestUnreadable        no: a request is not JSON
├── RequestInvalid           no: a request has faulty fields
├── TrainingRefused          no: a snapshot is too small or too poor to learn from
├── ModelDamaged             no: the stored bytes are not the registered ones
│   └── ModelOutdated        no: it was trained for another declaration
├── SnapshotDamaged          no: the stored rows are not those that a training wrote
├── NoChampion               yes: no training has finished yet
├── UnknownName              no: no such version, file or problem
├── SettingsInvalid          no: the environment is incomplete or has unusable values
├── DeclarationInvalid       no: a problem's declaration has faults
└── DraftRefused             no: no declaration can be drafted from a table
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class TitanicMlopsError(Exception):
    """Say what was found, where, and what would be right; `title` is a short name for it."""

    retryable: ClassVar[bool] = False
    title: ClassVar[str] = "Refused"

    @property
    def detail(self) -> str:
        """Return the sentence this error carries."""
        return str(self)


class PortError(TitanicMlopsError):
    """Report what a port could not do."""


class NotFound(PortError):
    """Report that nothing is stored under a name, or not in the requested version."""

    title = "Not found"


class Conflict(PortError):
    """Report that a compare-and-set failed: another version is stored."""

    title = "Conflict"


class Rejected(PortError):
    """Report a call that fails whenever it is repeated."""

    title = "Rejected"


class Unavailable(PortError):
    """Report that a service, the disk or a lock did not answer; a retry may succeed."""

    title = "Unavailable"
    retryable = True


class StoreDamaged(Unavailable):
    """Report that a file of the platform was removed, replaced or damaged; it needs a person."""


class Busy(Unavailable):
    """Report that another process holds a file; a message that waits for it is not delivered."""


class FileRejected(TitanicMlopsError):
    """Reject a whole file.

    `state` is the ledger state that the file enters: `held` if it can be released,
    `quarantined` if only another file can replace it.
    """

    title = "File rejected"

    def __init__(self, detail: str, *, state: str, rule: str) -> None:
        super().__init__(detail)
        self.state = state
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one field; `path` leads to the record in a batch.

    `found` may hold a personal value: only the sender sees it. `expected` and `rule` may be
    stored and logged.
    """

    field: str
    rule: str
    found: str
    expected: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        sentence = f"{self.field} {self.found}, {self.expected}".lstrip()
        place = "/".join(map(str, self.path))
        return f"{place}: {sentence}" if place else sentence


class EventUnreadable(TitanicMlopsError):
    """Report a message that is not of the form that its topic requires."""

    title = "Event unreadable"


class RequestUnreadable(TitanicMlopsError):
    """Report a request that is not JSON within the limits."""

    title = "Request unreadable"


class RequestInvalid(TitanicMlopsError):
    """Report a prediction request that breaks rules, with every faulty field at once."""

    title = "Request invalid"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


class TrainingRefused(TitanicMlopsError):
    """Refuse to train on a snapshot; the champion stays."""

    title = "Training refused"


class ModelDamaged(TitanicMlopsError):
    """Report stored model files whose bytes are not the registered ones."""

    title = "Model damaged"


class ModelOutdated(ModelDamaged):
    """Report a version that was trained for another declaration, so that it cannot answer."""

    title = "Model outdated"


class SnapshotDamaged(TitanicMlopsError):
    """Report a stored snapshot whose sha256 is not its name."""

    title = "Snapshot damaged"


class NoChampion(TitanicMlopsError):
    """Report that no version has been promoted yet."""

    title = "No model yet"
    retryable = True


class UnknownName(TitanicMlopsError):
    """Report a version, file or problem that does not exist."""

    title = "Unknown"


class SettingsInvalid(TitanicMlopsError):
    """Report all settings that are missing, or one that is unusable."""

    title = "Settings"


class DeclarationInvalid(TitanicMlopsError):
    """Report every fault of a problem's declaration, a sentence each.

    `file` is the declaring file's path below the package; each of `faults` is "what was found;
    what would be right", without the file.
    """

    title = "Declaration invalid"

    def __init__(self, file: str, faults: Sequence[str]) -> None:
        ended = (fault if fault.endswith("?") else f"{fault}." for fault in faults)
        self.sentences = tuple(f"{file}: {fault}" for fault in ended)
        super().__init__(" ".join(self.sentences))


class DraftRefused(TitanicMlopsError):
    """Report why no declaration can be drafted from a table."""

    title = "Not drafted"


def worth_redelivery(error: TitanicMlopsError) -> bool:
    """Return whether redelivering the message of the step that raised `error` may help.

    Conflict and NotFound count too: after a lost race the redelivered message continues from
    the winner's state.
    """
    return error.retryable or isinstance(error, Conflict | NotFound)
