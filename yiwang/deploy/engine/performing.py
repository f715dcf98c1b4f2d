"""Carrying out the operations of a specification on one target, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_
from yiwang.deploy.engine.acting import Acting
from yiwang.deploy.engine.change import Change, State
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.describing import change_of
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.keeping import Keeping
from yiwang.deploy.engine.progress import Progress, Report
from yiwang.deploy.engine.session import Session, opener
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.transcript import Acted, Actor, Repeating, is_small
from yiwang.deploy.engine.verdict import Verdict

FAILED = code(
    "E2035",
    N_('{target}: "{title}" of component "{component}" failed: {reason}'),
    N_("see the end of its output; mend the cause and do the same again, or roll back"),
)


@dataclass
class Done:
    """What became of the operations so far."""

    states: dict[str, State] = field(default_factory=dict)
    unforeseen: list[Change] = field(default_factory=list)
    failure: YiwangError | None = None
    tail: tuple[str, ...] = ()


def perform(
    looked: Session,
    specification: Specification,
    tools: Tools,
    *,
    keeping: Keeping,
    verdict: Verdict,
    report: Report,
) -> Done:
    """Carry out what was decided; stop at the first failure."""
    session = looked.for_changing()
    acting = partial(Acting, session, specification, tools.components, opener(session.masking, tools.secrets))
    first = None if verdict.transcript else acting()
    actor = first or Repeating(session, verdict.transcript or {}, acting)
    passed: dict[str, Acted] = {}
    done = Done()
    decided = verdict.decided
    total = sum(each.is_change for each in decided)
    number = 0
    for index, each in enumerate(decided):
        number += each.is_change
        told = Progress("begin", number, total, session.masking.mask(each.title))
        try:
            _ahead(session, decided[index:])
            passed[each.op] = _perform(session, actor, each, done, keeping=keeping, report=report, told=told)
        except Exception as error:  # an operation is anybody's code
            done.failure = error if isinstance(error, YiwangError) else _failure(session, each, error)
        if each.is_change:
            report(replace(told, kind="end", text=str(done.failure or "")))
        if done.failure:
            done.states[each.op] = "failed"
            break
    done.tail = tuple(session.tail)
    if first and first.is_repeatable and not done.failure and not done.unforeseen and is_small(passed):
        verdict.transcript = passed
    return done


def _ahead(session: Session, rest: Sequence[Decided]) -> None:
    """Ask at once for what decides the next operations, as far as the next one that changes something."""
    wanted: list[str] = []
    for each in rest:
        wanted += each.facts
        if each.is_change:
            break
    session.facts.learn(wanted)


def _perform(
    session: Session, actor: Actor, each: Decided, done: Done, *, keeping: Keeping, report: Report, told: Progress
) -> Acted:
    foreseen = each.is_change
    session.failed = None
    session.begin = None if foreseen else lambda: keeping.keep([each])
    session.say = lambda line: report(replace(told, kind="output", text=line))
    if foreseen:
        report(told)
    acted = actor.act(each.op)
    if not acted.is_good:
        done.failure = _failure(session, each)
    elif foreseen:
        done.states[each.op] = "done"
    elif acted.commands:
        done.unforeseen.append(change_of(session, each, acted.commands, state="done"))
    return acted


def _failure(session: Session, each: Decided, error: Exception | None = None) -> YiwangError:
    reason = f"{type(error).__name__}: {error}" if error else "-"
    if session.failed:
        command, output = session.failed
        reason = f"{command}: {(output.err or output.out).strip() or output.code}"
    mask = session.masking.mask
    about: dict[str, Any] = {"target": session.target, "component": each.component, "title": mask(each.title)}
    return DeployError(FAILED, **about, reason=mask(reason)[-2000:])
