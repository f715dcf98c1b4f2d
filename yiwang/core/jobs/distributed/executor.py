"""The distributed executor: steps of a site go to its queue at the broker, all others are carried out here.

It is a transport.  It vouches for steps that wait at the broker, so that the queue of a site that
is away costs neither a lease nor an attempt; once a step has begun, its worker does that.  A step
that waits longer than a lease comes back by itself and is sent again, or, when it was to stop, is
not: so nothing is begun at a site long after nobody wants it any more.
"""

from __future__ import annotations

import json
import secrets
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yiwang.core.errors import code
from yiwang.core.i18n import N_, Message, fill
from yiwang.core.jobs.distributed.broker import Broker
from yiwang.core.jobs.distributed.link import Arrival, Link, Parcel
from yiwang.core.jobs.distributed.messages import TASK, RefusedError, read_reports, step_data
from yiwang.core.jobs.distributed.topology import DEAD, RUN_HEADER, STEPS, STOP
from yiwang.core.jobs.executor import ENDS, Assignment, Executor, Report, ReportKind

NO_QUEUE = code(
    "E0533",
    N_("the broker has no queue for site {site}"),
    N_("let the administrator of the broker run `yiwang broker apply`, then resume the run"),
)
LAID_ASIDE = code(
    "E0535",
    N_("the step came back from the workers of site {site} too often and was laid aside"),
    N_("look into the worker's log at the site (journalctl -u yiwang-worker@{site}); memory is a common cause"),
    N_(
        "A step whose worker vanishes is handed to the next one by the broker. One that takes every worker along "
        "would stop the site for all others, so the broker counts and at last returns it."
    ),
)

EXPIRED = "expired"
ALIVE_PARTS = 4
"""A worker says so often within a lease that a step is alive."""
VOUCH_PARTS = 6

Key = tuple[str, str]


@dataclass(slots=True)
class _Given:
    """An attempt that was given out; ``copy`` names what was published of it last.

    ``may_have_twin``: the broker may hold another copy of it.
    """

    assignment: Assignment
    copy: str = ""
    published: float = 0.0
    is_started: bool = False
    is_stopping: bool = False
    is_stop_sent: bool = False
    may_have_twin: bool = False


class DistributedExecutor:
    """Carries out steps with a site at that site, and those without one by ``here``.

    Args:
        broker: where the sites' queues are; the login is the controller's.
        here: carries out the steps that belong to no site.
        lease_seconds: the controller's lease.
    """

    dies_with_controller = False

    def __init__(self, broker: Broker, here: Executor, *, lease_seconds: float = 60) -> None:
        self._link = Link(broker)
        self._here = here
        self._lease = lease_seconds
        self._given: dict[Key, _Given] = {}
        self._copies: dict[str, Key] = {}
        self._unsent: deque[Key] = deque()
        self._at_home: set[tuple[str, str, int]] = set()
        self._own: list[Report] = []
        self._arrivals: dict[int, Arrival] = {}
        self._unacked: dict[tuple[str, str], Arrival] = {}
        self._vouched = 0.0
        self._epoch = 0

    def attend(self, run_id: str, *, waiting: Sequence[Assignment], started: Sequence[Assignment]) -> None:
        """Read what comes in about a run; what waits is sent again, as nobody knows whether it ever was."""
        self._link.attend(run_id)
        for assignment in started:
            if assignment.site:
                self._given[_key(assignment)] = _Given(assignment, is_started=True, may_have_twin=True)
        for assignment in waiting:
            self.submit(assignment)
            if assignment.site:
                self._given[_key(assignment)].may_have_twin = True

    def leave(self, run_id: str, *, is_over: bool) -> None:
        """Leave a run to others, or for good when it is over."""
        for arrival in [each for each in self._arrivals.values() if each.run_id == run_id]:
            self._link.give_back(arrival)
        self._arrivals = {mark: each for mark, each in self._arrivals.items() if each.run_id != run_id}
        self._unacked = {name: each for name, each in self._unacked.items() if each.run_id != run_id}
        for key in [key for key in self._given if key[0] == run_id]:
            self._forget(key)
        self._link.leave(run_id, is_over=is_over)

    def submit(self, assignment: Assignment) -> None:
        """Take over one attempt; it is published when next reports are asked for."""
        if not assignment.site:
            self._at_home.add(assignment.token)
            self._here.submit(assignment)
            return
        key = _key(assignment)
        self._forget(key)
        self._given[key] = _Given(assignment)
        self._unsent.append(key)
        self._send()

    def stop(self, run_id: str, step_id: str, attempt: int) -> None:
        """Tell a running step to stop; one that is not with its site yet is cancelled at once."""
        self._here.stop(run_id, step_id, attempt)
        given = self._given.get((run_id, step_id))
        if given is None or given.assignment.attempt != attempt:
            return
        if not given.is_stopping and not given.copy and not given.is_started:
            self._own.append(Report(*given.assignment.token, ReportKind.cancelled))
        given.is_stopping = True
        if not given.is_stop_sent and (given.copy or given.is_started):
            given.is_stop_sent = self._link.publish(_stop_parcel(given.assignment))

    def reports(self, timeout_seconds: float) -> Sequence[Report]:
        """What came in from the sites and from here, and that what waits at the broker is alive."""
        self._send()
        end = time.monotonic() + (0 if self._own else timeout_seconds)
        # Two places to listen to: in short turns as long as something is under way here.
        here = self._here.reports(0.02 if self._at_home else 0)
        wait = 0.0 if any(each.kind is not ReportKind.alive for each in here) else end - time.monotonic()
        came = self._news(max(0.0, min(wait, 0.02) if self._at_home else wait))
        own, self._own = self._own, []
        return (*here, *own, *self._alive(), *came)

    def confirm(self, reports: Sequence[Report]) -> None:
        """Forget the attempts that these reports ended, and let the broker forget the reports."""
        for report in reports:
            if arrival := self._arrivals.pop(id(report), None):
                self._unacked.pop(_name(arrival), None)
                self._link.ack(arrival)
            if report.kind in ENDS:
                self._at_home.discard((report.run_id, report.step_id, report.attempt))
                given = self._given.get((report.run_id, report.step_id))
                if given is not None and _is_about(report, given):
                    self._end(given)
        self._here.confirm(reports)

    def close(self) -> None:
        """Let steps here end; those at the sites go on, and their reports wait for the next controller."""
        self._here.close()
        self._link.close()

    def _end(self, given: _Given) -> None:
        if given.may_have_twin:
            # Of an attempt that failed by a crash, the twin would be begun beside the next one.
            self._link.publish(_stop_parcel(given.assignment))
        self._forget(_key(given.assignment))

    def _forget(self, key: Key) -> None:
        given = self._given.pop(key, None)
        if given is not None:
            self._copies.pop(given.copy, None)

    def _send(self) -> None:
        if not self._unsent or not self._link.ensure():
            return
        for _each in range(len(self._unsent)):
            key = self._unsent.popleft()
            given = self._given.get(key)
            if given is None or given.copy or given.is_started or given.is_stopping:
                continue
            copy = secrets.token_hex(8)
            if not self._link.publish(self._parcel(given.assignment, copy)):
                self._unsent.append(key)
                return
            given.copy, given.published = copy, time.monotonic()
            self._copies[copy] = key

    def _parcel(self, assignment: Assignment, copy: str) -> Parcel:
        # Celery itself makes the message, so that it stays what its workers read; the payload is not shown in logs.
        made = self._celery.amqp.as_task_v2(
            copy,
            TASK,
            args=(step_data(assignment, self._lease / ALIVE_PARTS),),
            argsrepr="",
            kwargsrepr="",
            ignore_result=True,
            origin=self._link.broker.user,
        )
        headers = {**made.headers, RUN_HEADER: assignment.run_id}
        properties = {"expiration": str(max(1, int(self._lease * 1000))), "message_id": copy, "correlation_id": copy}
        return Parcel(STEPS, assignment.site, _compact(made.body), copy, headers, properties)

    @cached_property
    def _celery(self) -> Any:
        from celery import Celery

        return Celery("yiwang", set_as_current=False)

    def _alive(self) -> Iterator[Report]:
        now = time.monotonic()
        # While the broker is away nothing can be known of any step, and right after not yet.
        is_known = self._link.is_up and self._link.epoch == self._epoch
        if is_known and now < self._vouched + self._lease / VOUCH_PARTS:
            return
        self._vouched, self._epoch = now, self._link.epoch
        for given in self._given.values():
            # One that waits at the broker is not lost.
            waits = not given.is_started and (not given.copy or now < given.published + 2 * self._lease)
            if waits or not is_known:
                yield Report(*given.assignment.token, ReportKind.alive)

    def _news(self, timeout_seconds: float) -> list[Report]:
        news = self._link.news(timeout_seconds)
        for copy in news.lost:
            self._again(copy, may_be_there=True)
        for copy in news.unroutable:
            self._unroutable(copy)
        found: list[Report] = []
        for arrival in news.arrivals:
            found += self._returned(arrival) if arrival.exchange == DEAD else self._received(arrival)
        return found

    def _again(self, copy: str, *, may_be_there: bool = False) -> None:
        """Publish anew what the broker does not have, or not for certain, under another name."""
        key = self._copies.pop(copy, None)
        if key is not None:
            self._given[key].copy = ""
            self._given[key].may_have_twin |= may_be_there
            self._unsent.append(key)

    def _unroutable(self, copy: str) -> None:
        key = self._copies.pop(copy, None)
        if key is not None:
            assignment = self._given[key].assignment
            text = f"{NO_QUEUE.id} {fill(NO_QUEUE.message, {'site': assignment.site})}"
            self._own.append(Report(*assignment.token, ReportKind.failed, text, may_retry=False))

    def _returned(self, arrival: Arrival) -> list[Report]:
        """A step that came back from its site's queue, or what is left of an earlier copy of it."""
        copy = arrival.message_id
        key = self._copies.get(copy)
        reports: list[Report] = []
        if key is not None:
            given = self._given[key]
            token = given.assignment.token
            if arrival.headers.get("x-first-death-reason") != EXPIRED:
                text = f"{LAID_ASIDE.id} {fill(LAID_ASIDE.message, {'site': given.assignment.site})}"
                reports = [Report(*token, ReportKind.crashed, text)]
            elif given.is_stopping and not given.is_started:
                reports = [Report(*token, ReportKind.cancelled)]
            elif not given.is_started:
                self._again(copy)
        return self._kept(arrival, reports)

    def _received(self, arrival: Arrival) -> list[Report]:
        try:
            reports = read_reports(arrival.body, user=arrival.user, run_id=arrival.run_id)
        except RefusedError as error:
            reports = [_refusal(arrival, error.args[0])]
        for report in reports:
            given = self._given.get((report.run_id, report.step_id))
            if given is not None and _is_about(report, given) and report.kind is not ReportKind.refused:
                given.is_started = True
        return self._kept(arrival, reports)

    def _kept(self, arrival: Arrival, reports: list[Report]) -> list[Report]:
        """The reports, with the message acknowledged once the last of them is confirmed; at once if there are none."""
        if not reports:
            self._link.ack(arrival)
            return []
        known = self._unacked.get(_name(arrival))
        if known is not None and known.epoch != arrival.epoch:
            # The same once more over a new connection, while the first is still to be committed.
            for mark, each in self._arrivals.items():
                if each is known:
                    self._arrivals[mark] = self._unacked[_name(arrival)] = arrival
            return []
        self._unacked[_name(arrival)] = arrival
        self._arrivals[id(reports[-1])] = arrival
        return reports


def _key(assignment: Assignment) -> Key:
    return (assignment.run_id, assignment.step_id)


def _name(arrival: Arrival) -> tuple[str, str]:
    """What a message is known by, whatever connection it came over; the sender names it, for itself alone."""
    return (arrival.user, arrival.message_id)


def _is_about(report: Report, given: _Given) -> bool:
    is_ours = not report.worker or report.worker.partition("/")[0] == given.assignment.site
    return is_ours and report.attempt == given.assignment.attempt


def _refusal(arrival: Arrival, reason: Message) -> Report:
    return Report(arrival.run_id, "", 0, ReportKind.refused, reason, worker=arrival.user)


def _stop_parcel(assignment: Assignment) -> Parcel:
    run_id, step_id, attempt = assignment.token
    return Parcel(STOP, assignment.site, _compact({"run": run_id, "step": step_id, "attempt": attempt}))


def _compact(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
