"""The errors of the project, and whether trying again can help.

TitanicMlopsError            try again?
├── PortError                what a port may raise, whatever the vendor
│   ├── NotFound             no: nothing is there under that name
│   ├── Conflict             no: somebody else moved it; read again, then decide
│   ├── Rejected             no: the request itself is at fault
│   └── Unavailable          yes: the service, the disk or a lock did not answer
├── FileRejected             no: a file that cannot become rows
├── EventUnreadable          no: a message that is not of the form its topic carries
├── RequestUnreadable        no: a request that is not JSON
├── RequestInvalid           no: every faulty field of one request
├── TrainingRefused          no: a snapshot that nothing honest can be learned from
├── ModelDamaged             no: the stored bytes are not the registered ones
├── NoChampion               yes: the first training has not finished
├── UnknownName              no: no such version, file or problem
├── SettingsInvalid          no: the environment lacks something
└── DeclarationInvalid       no: every fault of one problem's declaration
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class TitanicMlopsError(Exception):
    """Tell a person what was found, where, and what would be right."""

    retryable: ClassVar[bool] = False
    title: ClassVar[str] = "Refused"

    @property
    def detail(self) -> str:
        """Return the sentence this error carries."""
        return str(self)


class PortError(TitanicMlopsError):
    """Report what a port could not do, in the words of the ports."""


class NotFound(PortError):
    """Report that nothing is stored under a name, or no longer in that version."""

    title = "Not found"


class Conflict(PortError):
    """Report that a compare-and-set lost: the stored version is another one."""

    title = "Conflict"


class Rejected(PortError):
    """Report a request that will never be accepted as it is."""

    title = "Rejected"


class Unavailable(PortError):
    """Report that the world did not answer; the same request may pass later."""

    title = "Unavailable"
    retryable = True


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
    """One thing that is wrong with one field.

    `found` may be personal and is shown to the sender only; `expected` and `rule` may
    be stored and logged.
    """

    field: str
    rule: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field} {self.found}, {self.expected}".lstrip()


class EventUnreadable(TitanicMlopsError):
    """Refuse a message that is not of the form its topic carries."""

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
    """Refuse to learn from a snapshot; the champion stays as it is."""

    title = "Training refused"


class ModelDamaged(TitanicMlopsError):
    """Refuse stored model bytes that are not the ones that were registered."""

    title = "Model damaged"


class NoChampion(TitanicMlopsError):
    """Report that no version has been promoted yet."""

    title = "No model yet"
    retryable = True


class UnknownName(TitanicMlopsError):
    """Report a version, file or problem that does not exist."""

    title = "Unknown"


class SettingsInvalid(TitanicMlopsError):
    """Report settings that are missing or unusable, all of them at once."""

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


def worth_redelivery(error: TitanicMlopsError) -> bool:
    """Return whether the step that raised `error` may end well when its message comes again.

    A lost race is: the next delivery finds what the winner left.
    """
    return error.retryable or isinstance(error, Conflict | NotFound)
