"""Deliver messages of the local queue to the step that subscribes to their topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.timing import LEASE_SECONDS
from titanic_mlops.errors import Busy, Conflict, TitanicMlopsError, worth_redelivery
from titanic_mlops.messages import Delivery, Message
from titanic_mlops.platforms.timing import RETRY_SECONDS

Handler = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Handled:
    """One delivery and its result: `error` is empty on success; `retried` if redelivery follows."""

    delivery: Delivery
    error: str = ""
    retried: bool = False


def handle_next(
    queue: SQLiteQueue,
    handlers: Mapping[str, Handler],
    *,
    pauses: Sequence[float] = (RETRY_SECONDS,),
) -> Handled | None:
    """Deliver the oldest pending message; return None when none is pending.

    An error that redelivery cannot change makes the message a dead letter at once. Any other
    error, a lost race included, has it redelivered after the next of `pauses` in seconds (the
    last one repeats); after five deliveries it is a dead letter. A step that another process
    kept from a file does not count as a delivery.
    """
    delivery = queue.lease(handlers, seconds=LEASE_SECONDS)
    if delivery is None:
        return None
    pause = pauses[min(delivery.attempt, len(pauses)) - 1]
    try:
        handlers[delivery.message.topic](delivery.message)
    except Busy as error:
        queue.release_lease(delivery, delay_seconds=pause)
        return Handled(delivery, error.detail, retried=True)
    except TitanicMlopsError as error:
        retried = worth_redelivery(error)
        queue.refuse(delivery, error.detail, delay_seconds=pause, final=not retried)
        return Handled(delivery, error.detail, retried=retried)
    except OSError as error:  # such as a full disk
        queue.refuse(delivery, repr(error), delay_seconds=pause)
        place = error.filename or "the disk"
        return Handled(delivery, f"{place}: {error.strerror}.", retried=True)
    except Exception as error:  # a fault of ours must not lose the message
        queue.refuse(delivery, repr(error), delay_seconds=pause)
        raise
    with suppress(Conflict):  # the lease has expired, but the step is done
        queue.acknowledge(delivery)
    return Handled(delivery)
