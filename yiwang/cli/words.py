"""States and events of runs in words."""

from __future__ import annotations

from yiwang.core.i18n import N_, _

STATES = {
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
EVENTS = {
    "created": N_("created, steps: {text}"),
    "state": N_("the run is now: {text}"),
    "wanted": N_("asked to {text}"),
    "given": N_("given out"),
    "started": N_("started"),
    "log": "{text}",
    "progress": "{text}",
    "done": N_("done"),
    "failed": N_("failed: {text}"),
    "retry": N_("failed, will be tried again: {text}"),
    "lost": N_("lost: nothing was heard of it any more"),
    "cancelled": N_("cancelled"),
    "dropped": N_("cancelled before they began, steps: {text}"),
    "ignored": N_("a late report of an earlier attempt was ignored: {text}"),
}


def state_word(state: str) -> str:
    """A run's or a step's state for people."""
    return _(STATES[state])


def event_words(kind: str, text: str) -> str:
    """An event for people."""
    shown = state_word(text) if kind == "state" else text
    return _(EVENTS.get(kind, "{text}")).format(text=shown).rstrip()
