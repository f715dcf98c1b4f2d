"""The reports of a step on their way from a worker to the controller.

Reports that follow each other within a moment travel together.  What cannot be sent is kept and
sent when the broker is there again; a step is over for the broker only when its end is there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from yiwang.core.jobs.distributed.broker import Broker, Wire
from yiwang.core.jobs.distributed.messages import written_reports
from yiwang.core.jobs.distributed.topology import RESULTS
from yiwang.core.jobs.executor import Report, ReportKind
from yiwang.core.jobs.transition import MAXIMUM_TEXT

LINGER_SECONDS = 0.05
IDLE_SECONDS = 1.0
AGAIN_SECONDS = 1.0
CONFIRM_SECONDS = 20.0
MOST_WAITING = 2000
_TOGETHER = 500
_TOGETHER_CHARACTERS = 64 * 1024
_DROPPABLE = frozenset((ReportKind.log, ReportKind.progress, ReportKind.alive))


class Outbox:
    """Sends the reports of one process, whose steps follow one another."""

    def __init__(self, broker: Broker, worker: str) -> None:
        self._broker = broker
        self._worker = worker
        self._waiting: list[Report] = []
        self._keeping = threading.Lock()
        self._sending = threading.Lock()
        self._alive: Report | None = None
        self._alive_seconds = 0.0
        self._alive_next = 0.0
        self._busy = threading.Event()
        self._again = 0.0
        self._serial = count(1)
        self._wire: Wire | None = None
        self._thread: threading.Thread | None = None

    def begin(self, token: tuple[str, str, int], alive_seconds: float) -> None:
        """Say from now on, every so often, that this attempt is alive."""
        self._alive = Report(*token, ReportKind.alive)
        self._alive_seconds = alive_seconds
        self._alive_next = time.monotonic() + alive_seconds
        self._busy.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._tick, name="yiwang-outbox", daemon=True)
            self._thread.start()

    def send(self, report: Report) -> None:
        """Send soon; of a step that talks too much while the broker is away, something is lost."""
        with self._keeping:
            if len(self._waiting) < MOST_WAITING or report.kind not in _DROPPABLE:
                self._waiting.append(replace(report, text=report.text[:MAXIMUM_TEXT]))

    def finish(self, report: Report) -> None:
        """Send the end of the attempt; returns when the broker has it, however long that takes."""
        self._alive = None
        self.send(report)
        self.flush()
        self._busy.clear()

    def flush(self) -> None:
        """Wait until the broker has everything."""
        while not self._flush(patient=True):
            time.sleep(AGAIN_SECONDS)

    def _tick(self) -> None:
        while True:
            self._busy.wait(IDLE_SECONDS)
            time.sleep(LINGER_SECONDS)
            alive = self._alive
            if alive is not None and time.monotonic() >= self._alive_next:
                self._alive_next = time.monotonic() + self._alive_seconds
                self.send(alive)
            self._flush(patient=False)

    def _flush(self, *, patient: bool) -> bool:
        """Send all that waits; True when nothing is left.  Without patience not again right after a failure."""
        with self._sending:
            if not patient and time.monotonic() < self._again:
                return False
            try:
                while batch := self._batch():
                    self._publish(batch)
                    with self._keeping:
                        del self._waiting[: len(batch)]
                self._beat()
            except Exception:
                # Whatever it was: the connection is made anew, and what waits goes again.
                self._drop()
                self._again = time.monotonic() + AGAIN_SECONDS
                return False
        return True

    def _batch(self) -> list[Report]:
        with self._keeping:
            return list(_together(self._waiting))

    def _publish(self, batch: Sequence[Report]) -> None:
        if self._wire is None:
            self._wire = Wire(self._broker, transport_options={"confirm_publish": True})
        channel = self._wire.channel
        message = channel.prepare_message(
            written_reports(self._worker, batch),
            content_type="application/json",
            content_encoding="utf-8",
            properties={
                "delivery_mode": 2,
                "user_id": self._broker.user,
                "message_id": f"{self._worker}/{next(self._serial)}",
            },
        )
        # Returns when the broker has confirmed it; a run that is over has no queue, and nobody misses the report.
        channel.basic_publish(message, exchange=RESULTS, routing_key=batch[0].run_id, confirm_timeout=CONFIRM_SECONDS)

    def _beat(self) -> None:
        if self._wire is not None:
            with suppress(TimeoutError):
                self._wire.drain(0.001)

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            with suppress(Exception):
                wire.abandon()


def _together(waiting: Sequence[Report]) -> Iterator[Report]:
    """The first reports that are of one attempt and fit into one message."""
    characters = 0
    for index, report in enumerate(waiting):
        first = waiting[0]
        is_same = (report.run_id, report.step_id, report.attempt) == (first.run_id, first.step_id, first.attempt)
        characters += len(report.text)
        if index and (not is_same or index >= _TOGETHER or characters > _TOGETHER_CHARACTERS):
            return
        yield report
