"""Changing a target: what was planned, in its order, until something fails."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_
from yiwang.deploy.engine.change import Change
from yiwang.deploy.engine.check import Checked, Tools
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.describing import describe
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.facts import FactSet
from yiwang.deploy.engine.faults import BUSY, DeployError, ReachError
from yiwang.deploy.engine.keeping import Keeping, cuts_access, key_of
from yiwang.deploy.engine.looking import look_at
from yiwang.deploy.engine.performing import Done, perform
from yiwang.deploy.engine.progress import Report, silent
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.session import Session, masking_of
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.transport import Transport
from yiwang.deploy.engine.verdict import Verdict

NOT_PLANNED = code(
    "E2030",
    N_('{target} is not as it was when it was planned: "{title}" would now change something else'),
    N_("make the plan anew and have it approved; nothing was changed"),
)
CUT_OFF = code(
    "E2033",
    N_("{target} cannot be reached any more after the change: {reason}"),
    N_("wait {seconds} s: the node puts itself back; then look at the change that cut the way"),
)
TOO_LATE = code(
    "E2034",
    N_("{target} has put itself back, because it was not reached again in time"),
    N_("look at the node's line, then do the same again"),
)

RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Planned:
    """What was approved for a target: the answers it was decided by, and the digests of its changes."""

    facts_digest: str
    changes: frozenset[str]

    @classmethod
    def of(cls, checked: Checked) -> Planned:
        """What a check found."""
        return cls(checked.facts_digest, frozenset(change.digest for change in checked.changes))


@dataclass(frozen=True, slots=True)
class Order:
    """How an apply is to be done.

    ``run`` names the folder on the node where what was there before is kept; the same run may be
    applied again after it was killed.  ``planned`` is all that may be changed; None: whatever it takes.
    A change that may cut the controller's own way is undone by the node itself after
    ``dead_man_seconds``, unless it is reached anew before.
    """

    run: str
    planned: Planned | None = None
    dead_man_seconds: int = 180
    lock_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of it: every change with its state, and why it ended early, if it did.

    The changes have no diffs; those are in the plan.
    """

    changes: tuple[Change, ...]
    facts: FactSet
    failure: YiwangError | None
    tail: tuple[str, ...]
    seconds: float
    round_trips: int

    @property
    def is_done(self) -> bool:
        """Whether everything was done."""
        return self.failure is None


def apply(
    endpoint: Endpoint,
    specification: Specification,
    tools: Tools,
    order: Order,
    *,
    facts: FactSet | None = None,
    report: Report = silent,
) -> Applied:
    """Make the target what it is to be; what is so already stays untouched, so it may be repeated.

    Raises:
        ReachError: the target cannot be reached; nothing was changed.
        DeployError: it is not as planned (E2030), is being changed by somebody else (E2009), or cannot
            be looked at; nothing was changed.
    """
    work = _Work(endpoint, specification, tools, order, facts or FactSet(), report, time.monotonic())
    return reach(endpoint, tools.connect, work)


@dataclass(frozen=True, slots=True)
class _Work:
    """One apply, over the transport that it is called with."""

    endpoint: Endpoint
    specification: Specification
    tools: Tools
    order: Order
    facts: FactSet
    report: Report
    began: float

    def __call__(self, transport: Transport) -> Applied:
        """Look, hold it against the plan, and change what is to be changed."""
        target = self.specification.target
        if not transport.lock(wait=self.order.lock_seconds):
            raise DeployError(BUSY, target=target)
        session = Session(target, transport, masking_of(self.endpoint))
        keeping = Keeping(session, self.order.run)
        keeping.settle()
        known = self.tools.verdicts.facts(session, self.specification)
        session.facts.learn(self.facts.with_those_of(known).commands)
        verdict = look_at(session, self.specification, self.tools)
        planned = self.order.planned
        is_as_planned = planned is None or planned.facts_digest == session.facts.digest
        changes = verdict.changes if is_as_planned else describe(session, verdict)
        done = self._change(session, keeping, verdict, changes) if changes else Done()
        states = _with_states(changes, verdict.decided, done)
        seconds = time.monotonic() - self.began
        return Applied(states, session.facts.used, done.failure, done.tail, seconds, transport.round_trips)

    def _change(self, session: Session, keeping: Keeping, verdict: Verdict, changes: Sequence[Change]) -> Done:
        changing = [each for each in verdict.decided if each.is_change]
        if self.order.planned:
            _hold_to(self.order.planned, session, list(zip(changing, changes, strict=True)), keeping)
        is_armed = cuts_access(changing)
        keeping.keep(changing, arm_seconds=self.order.dead_man_seconds if is_armed else 0)
        done = perform(session, self.specification, self.tools, keeping=keeping, verdict=verdict, report=self.report)
        if not isinstance(done.failure, ReachError):
            keeping.close(changing)
        if is_armed and (failure := self._come_back(keeping)):
            done.failure = failure
            done.states = dict.fromkeys(done.states, "undone")
        return done

    def _come_back(self, keeping: Keeping) -> YiwangError | None:
        """Reach the node anew, as the next one will have to, and let it keep what was done."""
        until = time.monotonic() + self.order.dead_man_seconds / 2
        while True:
            try:
                is_in_time = reach(self.endpoint, partial(self.tools.connect, fresh=True), keeping.disarm)
            except ReachError as error:
                # A daemon that has just been told to read its configuration does not listen for a moment.
                if time.monotonic() > until:
                    return self._cut_off(error)
                time.sleep(RETRY_SECONDS)
            else:
                return None if is_in_time else DeployError(TOO_LATE, target=self.endpoint.name)

    def _cut_off(self, error: ReachError) -> DeployError:
        reason, seconds = error.values.get("reason", error.message), self.order.dead_man_seconds
        return DeployError(CUT_OFF, target=self.endpoint.name, reason=reason, seconds=seconds)


def _hold_to(planned: Planned, session: Session, found: Sequence[tuple[Decided, Change]], keeping: Keeping) -> None:
    """Refuse what was not approved, but go on with what this very run has begun."""
    if session.facts.digest == planned.facts_digest:
        return
    other = [(decided, change) for decided, change in found if change.digest not in planned.changes]
    if not other:
        return
    begun = keeping.begun()
    for decided, change in other:
        if key_of(decided, session.masking) not in begun:
            raise DeployError(NOT_PLANNED, target=session.target, title=change.title)


def _with_states(changes: Sequence[Change], decided: Sequence[Decided], done: Done) -> tuple[Change, ...]:
    ops = [each.op for each in decided if each.is_change]
    known = (replace(change, state=done.states.get(op, "not-run")) for change, op in zip(changes, ops, strict=True))
    return (*known, *done.unforeseen)
