"""Looking at a target through pyinfra: what every operation of its specification would do."""

from __future__ import annotations

from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.decide import Decided, call, decide
from yiwang.deploy.engine.session import Session, opener
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.target import Target


def look_at(session: Session, specification: Specification, tools: Tools) -> list[Decided]:
    """What every operation would do; nothing is changed.

    Raises:
        ReachError: the connection was lost.
        DeployError: the target cannot be looked at, or a component cannot be decided.
    """
    target = Target(session)
    owners = call(target, specification, tools.components, opener(session.masking, tools.secrets))
    return list(decide(target, owners))
