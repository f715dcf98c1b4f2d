"""What the steps of a rollout do: ask for a person, wait, apply, ask the gates.

They need neither the database nor the estate, only their payload and someone who opens secrets; so
they run at the city or at a county's worker alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yiwang.core.i18n import _, use
from yiwang.core.jobs.handlers import StepContext, StepFunction, StepHandler
from yiwang.core.jobs.observed import PAUSE
from yiwang.deploy import rollout
from yiwang.deploy.hours import is_allowed

if TYPE_CHECKING:
    from yiwang.deploy.engine.check import Tools

LOOK_SECONDS = 1.0

ToolsOf = Callable[[StepContext], "Tools"]
"""Gives the tools for a step."""


def handlers(tools: ToolsOf) -> tuple[StepHandler, ...]:
    """The handlers of a rollout's steps; ``tools`` is asked for when a step needs them."""

    # Only a step that runs loads pyinfra, which takes a second.
    def apply(context: StepContext) -> Mapping[str, Any]:
        from yiwang.deploy.carrying import apply_target

        return apply_target(context, tools(context))

    def gate(context: StepContext) -> Mapping[str, Any]:
        from yiwang.deploy.carrying import ask_gates

        return ask_gates(context, tools(context))

    def look(context: StepContext) -> Mapping[str, Any]:
        from yiwang.deploy.carrying import look_for_drift

        return look_for_drift(context, tools(context))

    def put_back(context: StepContext) -> Mapping[str, Any]:
        from yiwang.deploy.carrying import put_back

        return put_back(context, tools(context))

    return (
        StepHandler(rollout.GO, ask_for_a_person),
        StepHandler(rollout.WAIT, wait),
        StepHandler(rollout.APPLY, _in_its_language(apply)),
        StepHandler(rollout.GATE, _in_its_language(gate)),
        StepHandler(rollout.CHECK, _in_its_language(look)),
        StepHandler(rollout.ROLLBACK, _in_its_language(put_back)),
    )


def _in_its_language(work: StepFunction) -> StepFunction:
    """The work in the language of whoever began the run, wherever it is carried out.

    By its titles a step knows again what an attempt before it has begun on the node.
    """

    def speak(context: StepContext) -> Mapping[str, Any] | None:
        use(context.payload.get("language"))
        return work(context)

    return lambda context: copy_context().run(speak, context)


def ask_for_a_person(context: StepContext) -> Mapping[str, Any]:
    """Pause the run: the next wave begins when somebody resumes it."""
    context.log(_("the next wave waits for a person: look, then resume the run"))
    return PAUSE


def wait(context: StepContext) -> Mapping[str, Any]:
    """Wait until the next wave may begin."""
    payload = context.payload
    until = time.monotonic() + payload["pause_minutes"] * 60
    zone = ZoneInfo(payload["timezone"])
    context.progress(_("waiting"))
    while time.monotonic() < until or not is_allowed(datetime.now(zone), payload["hours"], payload["weekdays"]):
        context.check_cancelled()
        time.sleep(LOOK_SECONDS)
    return {}
