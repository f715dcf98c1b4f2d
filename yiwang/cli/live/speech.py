"""What is said of a run in a few words, in the view and in plain lines alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from yiwang.cli.words import event_words, kind_word, state_word
from yiwang.core.i18n import _
from yiwang.core.jobs.model import RunState, Wanted
from yiwang.core.jobs.owner import shown
from yiwang.core.jobs.stream import Told
from yiwang.core.jobs.watching import OVER, Duration, Sight

LONG_SILENCE = 60
"""After so many seconds without an event a person should look what is going on."""


def duration(span: timedelta) -> str:
    """A span of time as a clock shows it: 0:07, 12:42, 3:05:59."""
    seconds = max(0, int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def duration_words(took: Duration) -> str:
    """A step and how long it took."""
    name = took.target.partition("/")[2] or took.target
    return f"{name} {kind_word(took.kind)} {duration(timedelta(seconds=took.seconds))}"


@dataclass(frozen=True, slots=True)
class RunWords:
    """A run's state in words."""

    sight: Sight

    @property
    def state(self) -> str:
        """What is going on."""
        run, running = self.sight.run, self.sight.running
        if run.state is not RunState.open:
            return state_word(run.state.value)
        if run.wanted is Wanted.pause:
            return _("pausing: {count} still running").format(count=running)
        if run.wanted is Wanted.cancel:
            return _("being cancelled: {count} still running").format(count=running)
        if self._is_halting:
            return _("stopping: {count} still running").format(count=running)
        return _("{count} running").format(count=running)

    @property
    def _is_halting(self) -> bool:
        policy = self.sight.run.policy
        return any(wave.failed > policy.tolerated(wave.total, wave.number) for wave in self.sight.waves)

    @property
    def failed(self) -> str:
        """How many failed."""
        return _("{count} failed").format(count=self.sight.failed)

    @property
    def last_event(self) -> str:
        """How long ago anything happened."""
        silence = duration(self.sight.time - self.sight.newest)
        return _("last event {time} ago").format(time=silence)

    @property
    def holder(self) -> str:
        """Who carries the run out, or what to do when nobody does."""
        run = self.sight.run
        if self.sight.holder:
            return _("carried out by {holder}").format(holder=shown(self.sight.holder))
        if run.state in OVER and run.state is not RunState.partial:
            return ""
        return _("nobody carries it out; to go on: yiwang runs resume {run}").format(run=run.id)


def news(told: Told) -> str:
    """An event of note in one line; of an error its first line."""
    first = told.text.strip().splitlines()[:1]
    words = event_words(told.kind, first[0] if first else "")
    where = told.target.partition("/")[2] or told.step
    return _("{where}: {what}").format(where=where, what=words) if where else words
