"""States and events of runs in words."""

from __future__ import annotations

from collections.abc import Mapping

from yiwang.core.i18n import N_, _
from yiwang.core.jobs.model import STATE_WORDS

WANTED = {
    "run": N_("asked to go on"),
    "pause": N_("asked to pause"),
    "cancel": N_("asked to end for good"),
    "retry": N_("asked to try failed steps again"),
}
STANDINGS = {
    "good": N_("well"),
    "failed": N_("last apply failed"),
    "unknown": N_("could not be looked at"),
    "closed": N_("gate closed"),
    "drifted": N_("drifted"),
    "expiring": N_("certificate expires soon"),
    "never": N_("never applied"),
    "stale": N_("not looked at lately"),
}
VERDICTS = {"pass": N_("good"), "fail": N_("bad"), "unknown": N_("cannot tell")}
OBSERVATIONS = {
    "apply": N_("apply"),
    "drift": N_("drift check"),
    "rollback": N_("rollback"),
    "host.audit": N_("host audit"),
}
STEP_KINDS = {
    "deploy.go": N_("go-ahead"),
    "deploy.wait": N_("waiting time"),
    "deploy.apply": N_("apply"),
    "deploy.gate": N_("gates"),
    "deploy.check": N_("drift check"),
    "deploy.rollback": N_("rollback"),
    "rehearse": N_("rehearsal"),
    "rehearse-apart": N_("rehearsal"),
    "network.collect": N_("collect"),
    "network.commit": N_("commit to the archive"),
}
EVENTS = {
    "created": N_("created, steps: {text}"),
    "state": N_("the run is now: {text}"),
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
    "refused": "{text}",
    "ignored": N_("a late report of an earlier attempt was ignored: {text}"),
}


def state_word(state: str) -> str:
    """A run's or a step's state for people."""
    return _(STATE_WORDS[state])


def kind_word(kind: str) -> str:
    """What steps of a kind do, for people; of a kind from elsewhere its own name."""
    return _(STEP_KINDS.get(kind, kind))


def standing_word(state: str) -> str:
    """How a node stands, for people."""
    return _(STANDINGS[state])


def verdict_word(verdict: str) -> str:
    """A verdict for people."""
    return _(VERDICTS[verdict])


def audit_counts(counts: Mapping[str, int]) -> str:
    """How many checks of hosts came to each verdict, for people."""
    return _("{passed} pass, {failed} fail, {unclear} cannot be told").format(
        passed=counts.get("pass", 0), failed=counts.get("fail", 0), unclear=counts.get("unknown", 0)
    )


def observation_word(kind: str) -> str:
    """What was looked at, for people."""
    if kind.startswith("gate."):
        return _("gate {name}").format(name=kind.removeprefix("gate."))
    return _(OBSERVATIONS.get(kind, kind))


def event_words(kind: str, text: str) -> str:
    """An event for people."""
    if kind == "wanted":
        wanted, _space, who = text.partition(" ")
        return f"{_(WANTED[wanted])} ({who})" if who else _(WANTED[wanted])
    shown = state_word(text) if kind == "state" else text
    return _(EVENTS.get(kind, "{text}")).format(text=shown).rstrip()
