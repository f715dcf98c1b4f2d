"""Runs, steps and their states: frozen values.

A run holds waves, a wave holds steps, a step does one thing to one target.  Steps of a
wave run side by side, at most ``window`` at once; a wave begins when the one before it
has ended and not too many of its steps failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from yiwang.core.i18n import N_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StepState(StrEnum):
    """Where a step is; the last three are final."""

    pending = "pending"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing more happens to the step by itself."""
        return self in (StepState.done, StepState.failed, StepState.cancelled)


class RunState(StrEnum):
    """Where a run is: open while there is something to do; paused and halted wait for a person."""

    open = "open"
    paused = "paused"
    halted = "halted"
    done = "done"
    partial = "partial"
    cancelled = "cancelled"


STATE_WORDS = {
    "open": N_("open"),
    "paused": N_("paused"),
    "halted": N_("halted"),
    "done": N_("done"),
    "partial": N_("partly failed"),
    "cancelled": N_("cancelled"),
    "pending": N_("pending"),
    "running": N_("running"),
    "failed": N_("failed"),
}
"""The states of runs and steps in words."""


class Wanted(StrEnum):
    """What a person asked of a run; the flag that a cancellation is."""

    run = "run"
    pause = "pause"
    cancel = "cancel"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a run treats its steps.

    ``window`` steps run at once.  A step is tried ``max_attempts`` times, counting the
    attempts that reported failure; ``max_losses`` bounds how often it may vanish together
    with what ran it.  A wave may have ``max_failed`` failed steps, or ``max_failed_percent``
    of them, whichever is more; beyond that the run halts.  In ``strict_waves`` no step may fail.
    """

    window: int = 8
    max_attempts: int = 3
    max_losses: int = 20
    max_failed: int = 0
    max_failed_percent: float = 0.0
    retry_seconds: float = 5.0
    retry_cap_seconds: float = 300.0
    strict_waves: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if min(self.window, self.max_attempts, self.max_losses) < 1:
            raise ValueError("window, max_attempts and max_losses are at least 1")

    def tolerated(self, total: int, wave: int = -1) -> int:
        """How many steps of a wave of ``total`` may fail."""
        if wave in self.strict_waves:
            return 0
        return max(self.max_failed, int(total * self.max_failed_percent / 100))


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A step as it is planned; ``payload`` is plain data and holds references, never secrets."""

    id: str
    kind: str
    target: str
    wave: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)
    site: str = ""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run as it is planned; steps keep their order within a wave."""

    kind: str
    title: str
    steps: tuple[StepSpec, ...]
    policy: Policy = Policy()
    requester: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run's row."""

    id: str
    kind: str
    title: str
    requester: str
    policy: Policy
    wanted: Wanted
    state: RunState
    created: datetime
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """How the steps of a wave stand."""

    number: int
    total: int
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """Steps that have not ended."""
        return self.total - self.done - self.failed - self.cancelled


@dataclass(frozen=True, slots=True)
class Step:
    """A step's row.

    ``attempt`` counts the times it was given out and is the token by which a report proves
    that it is not from an earlier time; ``failures`` and ``losses`` count only attempts that
    had really started.
    """

    id: str
    kind: str
    target: str
    wave: int
    position: int = 0
    site: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    state: StepState = StepState.pending
    attempt: int = 0
    failures: int = 0
    losses: int = 0
    not_before: datetime = EPOCH
    lease_until: datetime | None = None
    holder: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    error: str = ""
    result: Any = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run or, with ``step_id``, to one of its steps.

    Kinds: created, state, wanted, dropped, refused (of the run); given, started, log, progress, done, failed,
    retry, lost, cancelled, ignored (of a step).
    """

    kind: str
    text: str = ""
    step_id: str = ""
    attempt: int = 0
    time: datetime = EPOCH
    sequence: int = 0


def policy_data(policy: Policy) -> dict[str, Any]:
    """The policy as plain data for its row."""
    return asdict(policy)
