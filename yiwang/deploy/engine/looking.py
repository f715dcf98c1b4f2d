"""Looking at a target: what every operation of its specification would do, by pyinfra or by a verdict on its like."""

from __future__ import annotations

import time

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.decide import call, decide
from yiwang.deploy.engine.describing import change_of
from yiwang.deploy.engine.diff import looks_of
from yiwang.deploy.engine.session import Session, opener
from yiwang.deploy.engine.sources import read_by, sources_of
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.target import Target
from yiwang.deploy.engine.verdict import Basis, Verdict, marks_of

SETTLED_NS = 2_000_000_000


def look_at(session: Session, specification: Specification, tools: Tools) -> Verdict:
    """What every operation would do; nothing is changed.

    Raises:
        ReachError: the connection was lost.
        DeployError: the target cannot be looked at, or a component cannot be decided.
    """
    known = _known(session, specification, tools)
    if known:
        return known
    with tools.verdicts.turn(session, specification) as has_waited:
        known = _known(session, specification, tools) if has_waited else None
        return known or _decided(session, specification, tools)


def _known(session: Session, specification: Specification, tools: Tools) -> Verdict | None:
    # What the newest verdict of this kind was decided by is asked at once, so that it can be compared.
    session.facts.learn(tools.verdicts.facts(session, specification).commands)
    return tools.verdicts.find(session, specification, tools.secrets)


def _decided(session: Session, specification: Specification, tools: Tools) -> Verdict:
    began = time.time_ns()
    target = Target(session)
    opened: dict[str, Secret] = {}
    owners = call(target, specification, tools.components, opener(session.masking, tools.secrets, opened))
    decided = tuple(decide(target, owners))
    changing = [each for each in decided if each.is_change]
    read = read_by(decided, tools.components)
    facts = session.facts
    verdict = Verdict(
        decided,
        tuple(change_of(session, each, each.commands) for each in changing),
        looks_of(session.masking, changing),
        Basis(facts.used, facts.digest, opened, marks_of(read), sources_of(decided, tools.components)),
    )
    # A file that was written while it was read may hold something else by now.
    is_settled = all(written < began - SETTLED_NS for _path, written, _size in verdict.basis.files)
    if is_settled and facts.is_exact and not target.is_particular:
        tools.verdicts.keep(session, specification, verdict)
    return verdict
