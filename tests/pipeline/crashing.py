"""Ports with a hook before and after each call: a crash, or a concurrent delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from titanic_mlops.ports import Ports

READING_CALLS = ("get", "open", "stat", "list", "query")
CALLS = {
    *("put", "get", "open", "stat", "list", "delete"),
    *("ensure", "load", "execute", "query"),
    *("publish", "publish_all"),
}
READS = {f"{port}.{call}" for port in ("storage", "warehouse") for call in READING_CALLS}
BEFORE, AFTER = "before", "after"

Hook = Callable[[str, str], None]
"""Is called with "before" or "after" and the name of the call, such as "storage.put"."""


class Crash(BaseException):
    """The process ends here; no handler may catch it."""


@dataclass(frozen=True, order=True)
class Point:
    """A moment of a run: before or after its call `number`, counted from 0."""

    number: int
    when: str


def points_of(calls: list[str]) -> list[Point]:
    """Return every point of a run."""
    return [Point(number, when) for number in range(len(calls)) for when in (BEFORE, AFTER)]


def distinct_points_of(calls: list[str]) -> list[Point]:
    """Return one of those points of a run at which the same is stored.

    A crash between two calls leaves what the first of them left, and a read leaves all as it was.
    """
    writes = [number for number, call in enumerate(calls) if call not in READS]
    return [Point(0, BEFORE), *(Point(number, AFTER) for number in writes)]


@dataclass
class CrashAt:
    """Crash at one point; without a point, only record the calls."""

    point: Point | None = None
    calls: list[str] = field(default_factory=list)

    def __call__(self, when: str, call: str) -> None:
        if when == BEFORE:
            self.calls.append(call)
        if Point(len(self.calls) - 1, when) == self.point:
            raise Crash


@dataclass
class InterruptAt:
    """Run something else once, before call `number`."""

    number: int
    meanwhile: Callable[[], None]
    calls: int = 0

    def __call__(self, when: str, _call: str) -> None:
        if when == BEFORE:
            self.calls += 1
            if self.calls - 1 == self.number:
                self.meanwhile()


class _Hooked:
    """Forward every call and call the hook before and after it, also after an error."""

    def __init__(self, name: str, port: Any, hook: Hook) -> None:  # noqa: ANN401 any port
        self._name = name
        self._port = port
        self._hook = hook

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 any method of it
        method = getattr(self._port, name)
        if name not in CALLS:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 passed on
            self._hook(BEFORE, f"{self._name}.{name}")
            result = None
            try:
                result = method(*args, **kwargs)
                if name == "list":  # a generator would run after the hook
                    result = iter(list(result))
            finally:
                self._after(f"{self._name}.{name}", result)
            return result

        return call

    def _after(self, call: str, result: object) -> None:
        try:
            self._hook(AFTER, call)
        except Crash:
            if close := getattr(result, "close", None):
                close()  # as the end of a process does
            raise


def hooked(ports: Ports, hook: Hook) -> Ports:
    """Return the ports, each with the same hook."""
    return replace(
        ports,
        landing=_Hooked("landing", ports.landing, hook),
        storage=_Hooked("storage", ports.storage, hook),
        warehouse=_Hooked("warehouse", ports.warehouse, hook),
        bus=_Hooked("bus", ports.bus, hook),
    )
