"""What becomes of a message whose step succeeds, fails, or fails for a while."""

from __future__ import annotations

from pathlib import Path

import pytest

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import Busy, Conflict, NoChampion, NotFound, Rejected, Unavailable
from titanic_mlops.messages import Message
from titanic_mlops.platforms.local.delivery import Handler, handle_next
from titanic_mlops.platforms.timing import RETRY_SECONDS


class Time:
    """A clock that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def queue(tmp_path: Path, time: Time) -> SQLiteQueue:
    return SQLiteQueue(tmp_path / "queue.sqlite", now=time)


def raising(error: Exception) -> dict[str, Handler]:
    def handle(_: Message) -> None:
        raise error

    return {"t": handle}


def test_an_empty_queue_has_nothing_to_handle(queue: SQLiteQueue) -> None:
    assert handle_next(queue, {"t": lambda _: None}) is None


def test_only_a_topic_with_a_handler_is_taken(queue: SQLiteQueue) -> None:
    queue.publish("other", b"x")
    assert handle_next(queue, {"t": lambda _: None}) is None
    assert queue.depth() == 1


def test_a_message_whose_step_ends_well_is_done(queue: SQLiteQueue) -> None:
    queue.publish("t", b"x")
    taken: list[bytes] = []
    handled = handle_next(queue, {"t": lambda message: taken.append(message.data)})
    assert handled is not None
    assert (handled.error, taken, queue.depth()) == ("", [b"x"], 0)


def test_a_steps_own_refusal_is_a_dead_letter_at_once(queue: SQLiteQueue) -> None:
    queue.publish("t", b"x")
    handled = handle_next(queue, raising(Rejected("no such thing")))
    assert handled is not None
    assert (handled.error, handled.retried) == ("no such thing", False)
    assert [letter.reason for letter in queue.dead()] == ["no such thing"]


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("the disk sleeps"),
        Conflict("another worker was faster"),
        NotFound("cleared up already"),
        NoChampion("not yet"),
        OSError(28, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_retryable_error_makes_a_dead_letter_after_five_deliveries(
    queue: SQLiteQueue, time: Time, error: Exception
) -> None:
    queue.publish("t", b"x")
    for _ in range(5):
        handled = handle_next(queue, raising(error))
        assert handled is not None
        assert handled.retried
        assert handle_next(queue, raising(error)) is None  # not at once
        time.seconds += RETRY_SECONDS
    (letter,) = queue.dead()
    assert letter.attempts == 5
    assert str(error) in letter.reason or repr(error) in letter.reason


def test_a_busy_file_is_no_delivery_however_long_it_lasts(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"x")
    for _ in range(20):
        handled = handle_next(queue, raising(Busy("a shell has it open")))
        assert handled is not None
        assert (handled.delivery.attempt, handled.retried) == (1, True)
        assert handle_next(queue, raising(Busy(""))) is None  # not at once
        time.seconds += RETRY_SECONDS
    assert queue.dead() == []
    assert handle_next(queue, {"t": lambda _: None}) is not None


def test_our_own_fault_is_raised_and_keeps_the_message(queue: SQLiteQueue) -> None:
    queue.publish("t", b"x")
    with pytest.raises(ZeroDivisionError):
        handle_next(queue, raising(ZeroDivisionError()))
    assert queue.depth() == 1
