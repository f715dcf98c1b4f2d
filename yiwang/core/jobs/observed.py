"""What steps observed: evidence that a report brings along, written down with the step's end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from yiwang.core.evidence import Observation, Subject
from yiwang.core.i18n import N_, fill
from yiwang.core.jobs.model import Step, StepState

KEY = "evidence"
"""Under this key of its result a step gives what it observed."""

PAUSE = {"pause": True}
"""As its result, a step asks for its run to be paused once it is done: a person goes on with it."""

VERDICTS = frozenset(("pass", "fail", "unknown"))
MOST = 1000


def asks_to_pause(step: Step) -> bool:
    """Whether a step that has just ended asks for its run to be paused."""
    return step.state is StepState.done and isinstance(step.result, Mapping) and step.result.get("pause") is True


def told(observations: Iterable[Observation]) -> dict[str, Any]:
    """Observations as a step's result holds them; the time and the run are the controller's."""
    return {KEY: [_plain(each) for each in observations]}


def _plain(observation: Observation) -> dict[str, Any]:
    return {
        "subject": str(observation.subject),
        "kind": observation.kind,
        "verdict": observation.verdict,
        "detail": dict(observation.detail),
    }


def observations(result: Any, run_id: str, now: datetime) -> list[Observation]:
    """What a result tells; nothing when it tells nothing or is malformed."""
    if flaw(result) or not isinstance(result, Mapping):
        return []
    return [_observation(each, run_id, now) for each in result.get(KEY, ())]


def _observation(plain: Mapping[str, Any], run_id: str, now: datetime) -> Observation:
    kind, _, name = plain["subject"].partition("/")
    return Observation(Subject(kind, name), plain["kind"], plain["verdict"], plain.get("detail", {}), run_id, now)


def flaw(result: Any) -> str:
    """Why the evidence of a result cannot be kept; empty when it can."""
    if not isinstance(result, Mapping) or KEY not in result:
        return ""
    found = result[KEY]
    if not isinstance(found, Sequence) or isinstance(found, str) or len(found) > MOST:
        return fill(N_("its evidence is no list of at most {most}"), {"most": MOST})
    return next(
        (fill(N_("its evidence {number} is malformed"), {"number": n}) for n, e in enumerate(found) if not _fits(e)), ""
    )


def _fits(plain: Any) -> bool:
    if not isinstance(plain, Mapping) or not isinstance(plain.get("detail", {}), Mapping):
        return False
    subject, kind, verdict = (plain.get(key) for key in ("subject", "kind", "verdict"))
    return isinstance(subject, str) and "/" in subject and isinstance(kind, str) and verdict in VERDICTS
