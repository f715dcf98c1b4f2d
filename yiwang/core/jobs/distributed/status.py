"""How the queues of the sites stand, asked of the broker with the controller's login."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from yiwang.core.jobs.distributed.broker import Broker
from yiwang.core.jobs.distributed.topology import DEAD, step_queue


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How many steps wait in a queue and how many workers read it; None when there is no such queue."""

    site: str
    queue: str
    waiting: int | None
    workers: int | None


def queue_statuses(broker: Broker, sites: Iterable[str]) -> list[QueueStatus]:
    """The queue of each site, and last that of the steps that were laid aside.

    Raises:
        JobError: the broker cannot be reached (E0534).
    """
    broker.require()
    wanted = [(site, step_queue(site)) for site in sites] + [("", DEAD)]
    with broker.connection() as connection:
        return [_status(connection, site, queue) for site, queue in wanted]


def _status(connection: object, site: str, queue: str) -> QueueStatus:
    try:
        found = connection.channel().queue_declare(queue=queue, passive=True)  # type: ignore[attr-defined]
    except connection.channel_errors:  # type: ignore[attr-defined]
        return QueueStatus(site, queue, None, None)
    return QueueStatus(site, queue, found.message_count, found.consumer_count)
