"""The controller's connection to the broker: made anew whenever it breaks, its state never relied upon."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.jobs.distributed.broker import Broker, Wire
from yiwang.core.jobs.distributed.topology import (
    DEAD,
    RESULTS,
    RUN_HEADER,
    run_queue,
    run_queue_arguments,
)

AT_ONCE = 500
AGAIN_SECONDS = 1.0
# After the first arrival, others are on their way: a few milliseconds' patience saves transactions.
LINGER_SECONDS = 0.004
PERSISTENT = 2

log = logging.getLogger("yiwang.broker")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message from the queue of a run; ``user`` as the broker has checked it, ``epoch`` the connection's number."""

    run_id: str
    body: bytes
    user: str
    message_id: str
    exchange: str
    headers: Mapping[str, Any]
    tag: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to be published; ``ref`` names it when its fate is told, None when nobody wants to know."""

    exchange: str
    key: str
    body: bytes | str
    ref: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class News:
    """What the broker told: messages, and which parcels it has kept, lost or found no queue for."""

    arrivals: list[Arrival] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unroutable: list[str] = field(default_factory=list)


class Link:
    """One connection with one channel, used from one thread; calls that fail leave it down, to be made anew."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.epoch = 0
        self._runs: set[str] = set()
        self._wire: Wire | None = None
        self._again = 0.0
        self._news = News()
        self._serial = 0
        self._unconfirmed: dict[int, str] = {}
        self._told_last = ""

    @property
    def is_up(self) -> bool:
        """True while nothing is known to be wrong with the connection."""
        return self._wire is not None

    def attend(self, run_id: str) -> None:
        """Make the queue of a run, if need be, and read it, now and after every new connection."""
        self._runs.add(run_id)
        if self.is_up:
            self._guarded(lambda wire: self._consume(wire.channel, run_id))
        else:
            self.ensure()

    def leave(self, run_id: str, *, is_over: bool) -> None:
        """Read the queue of a run no longer; take it away when the run is over."""
        self._runs.discard(run_id)
        if self.is_up:
            self._guarded(lambda wire: _unconsume(wire.channel, run_id, is_over=is_over))

    def ensure(self) -> bool:
        """Whether the connection is up, after trying to make it, at most once a second."""
        if not self.is_up and time.monotonic() >= self._again:
            try:
                self._wire = Wire(self.broker)
            except Exception as error:
                self._down(error)
            else:
                self._guarded(self._begin)
        return self.is_up

    def publish(self, parcel: Parcel) -> bool:
        """Hand a parcel to the broker without waiting for its word; False when the connection is down."""
        return self._guarded(lambda wire: self._publish(wire.channel, parcel))

    def ack(self, arrival: Arrival) -> None:
        """Let the broker forget a message; does nothing when it came over an earlier connection."""
        if arrival.epoch == self.epoch:
            self._guarded(lambda wire: wire.channel.basic_ack(arrival.tag))

    def give_back(self, arrival: Arrival) -> None:
        """Let the broker give a message to somebody else."""
        if arrival.epoch == self.epoch:
            self._guarded(lambda wire: wire.channel.basic_reject(arrival.tag, requeue=True))

    def news(self, timeout_seconds: float) -> News:
        """What the broker told; waits at most so long for the first of it."""
        end = time.monotonic() + timeout_seconds
        if not self.ensure():
            time.sleep(max(0.0, min(timeout_seconds, AGAIN_SECONDS)))
        elif not self._guarded(lambda wire: self._drain(wire, end)):
            time.sleep(min(timeout_seconds, LINGER_SECONDS))
        told, self._news = self._news, News()
        return told

    def close(self) -> None:
        """Close the connection; what was not acknowledged goes to the next controller."""
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(Exception):
                wire.close()

    def _guarded(self, act: Callable[[Wire], None]) -> bool:
        """Whether the act was done; False when the connection is down, or was found to be."""
        if self._wire is None:
            return False
        try:
            act(self._wire)
        except Exception as error:
            # Sockets, TLS and the protocol fail in many ways, and the answer is the same to all.
            self._down(error)
            return False
        return True

    def _down(self, error: Exception) -> None:
        if (told := str(self.broker.unreachable(error))) != self._told_last:
            self._told_last = told
            log.warning("%s", told)
        wire, self._wire = self._wire, None
        self._again = time.monotonic() + AGAIN_SECONDS
        self._news.lost += self._unconfirmed.values()
        self._unconfirmed.clear()
        if wire is not None:
            with suppress(Exception):
                wire.abandon()

    def _begin(self, wire: Wire) -> None:
        channel = wire.channel
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        channel.basic_qos(0, AT_ONCE, False)
        self._told_last = ""
        self.epoch += 1
        self._serial = 0
        for run_id in self._runs:
            self._consume(channel, run_id)

    def _consume(self, channel: Any, run_id: str) -> None:
        queue = run_queue(run_id)
        channel.queue_declare(queue=queue, durable=True, auto_delete=False, arguments=run_queue_arguments())
        channel.queue_bind(queue=queue, exchange=RESULTS, routing_key=run_id)
        channel.queue_bind(queue=queue, exchange=DEAD, arguments={"x-match": "all", RUN_HEADER: run_id})
        channel.basic_consume(
            queue=queue, consumer_tag=run_id, callback=lambda message: self._on_message(run_id, message)
        )

    def _publish(self, channel: Any, parcel: Parcel) -> None:
        message = channel.prepare_message(
            parcel.body,
            content_type="application/json",
            content_encoding="utf-8",
            headers=dict(parcel.headers),
            properties={"delivery_mode": PERSISTENT, "user_id": self.broker.user, **parcel.properties},
        )
        self._serial += 1
        if parcel.ref is not None:
            self._unconfirmed[self._serial] = parcel.ref
        channel.basic_publish(message, exchange=parcel.exchange, routing_key=parcel.key, mandatory=True)

    def _drain(self, wire: Wire, end: float) -> None:
        with suppress(TimeoutError):
            wire.drain(max(0.001, end - time.monotonic()))
            while len(self._news.arrivals) < AT_ONCE:
                wire.drain(LINGER_SECONDS)

    def _on_message(self, run_id: str, message: Any) -> None:
        properties, info = message.properties, message.delivery_info
        body = message.body.encode("utf-8", "surrogateescape") if isinstance(message.body, str) else bytes(message.body)
        self._news.arrivals.append(
            Arrival(
                run_id,
                body,
                properties.get("user_id") or "",
                properties.get("message_id") or "",
                info["exchange"],
                properties.get("application_headers") or {},
                info["delivery_tag"],
                self.epoch,
            )
        )

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._news.kept += self._told(tag, multiple=multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._news.lost += self._told(tag, multiple=multiple)

    def _told(self, tag: int, *, multiple: bool) -> list[str]:
        tags = [each for each in self._unconfirmed if each <= tag] if multiple else [tag]
        return [self._unconfirmed.pop(each) for each in tags if each in self._unconfirmed]

    def _on_return(self, _error: Any, _exchange: str, _key: str, message: Any) -> None:
        if ref := message.properties.get("message_id"):
            self._news.unroutable.append(ref)


def _unconsume(channel: Any, run_id: str, *, is_over: bool) -> None:
    channel.basic_cancel(run_id)
    if is_over:
        channel.queue_delete(queue=run_queue(run_id))
