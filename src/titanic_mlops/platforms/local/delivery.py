"""Take messages off the local queue and hand them to the step that listens on their topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from titanic_mlops.adapters.local.messages import Delivery
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import Conflict, TitanicMlopsError, worth_redelivery

LEASE_SECONDS = 600
RETRY_SECONDS = 1.0
PATIENT_RETRY_SECONDS = (1.0, 5.0, 25.0, 125.0)
"""Where nobody waits for an answer, five deliveries outlast an outage of minutes."""

Handler = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True)
class Handled:
    """One delivery and how it ended: `error` is empty when it is done."""

    delivery: Delivery
    error: str = ""
    again: bool = False


def handle_next(
    queue: SQLiteQueue,
    handlers: Mapping[str, Handler],
    *,
    pauses: Sequence[float] = (RETRY_SECONDS,),
) -> Handled | None:
    """Handle the oldest message; return None when there is none.

    A step's own refusal is final, so the message is a dead letter at once. Anything else, a
    race that was lost among it, is tried again, after the next of `pauses` in seconds or the
    last one, and becomes one after five deliveries.
    """
    delivery = queue.lease(handlers, seconds=LEASE_SECONDS)
    if delivery is None:
        return None
    pause = pauses[min(delivery.attempt, len(pauses)) - 1]
    try:
        handlers[delivery.topic](delivery)
    except TitanicMlopsError as error:
        again = worth_redelivery(error)
        queue.refuse(delivery, error.detail, delay_seconds=pause, for_good=not again)
        return Handled(delivery, error.detail, again=again)
    except OSError as error:  # a full disk, for one: it may have room again
        queue.refuse(delivery, repr(error), delay_seconds=pause)
        return Handled(delivery, f"{error.filename or 'the disk'}: {error.strerror}.", again=True)
    except Exception as error:  # a fault of ours must not cost the message
        queue.refuse(delivery, repr(error), delay_seconds=pause)
        raise
    with suppress(Conflict):  # the lease ran out; the step is done all the same
        queue.acknowledge(delivery)
    return Handled(delivery)
