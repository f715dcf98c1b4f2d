"""What would change on a target: a look that changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.change import Change
from yiwang.deploy.engine.clean import Clean
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.facts import FactSet
from yiwang.deploy.engine.reaching import Connect, over_ssh, reach
from yiwang.deploy.engine.session import Session, masking_of
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.transport import Transport
from yiwang.deploy.engine.verdict import Verdicts
from yiwang.deploy.memory import Memory
from yiwang.deploy.playbooks.library import Playbooks
from yiwang.deploy.registry import Components


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    ``facts`` and ``clean`` make the next check of the same target quick; ``facts_digest`` is over the
    answers by which it was decided.
    """

    changes: tuple[Change, ...]
    facts: FactSet
    facts_digest: str
    clean: Clean | None
    seconds: float
    round_trips: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What every check and every apply of a plan shares."""

    components: Components
    secrets: Callable[[str], Secret]
    connect: Connect = field(default_factory=over_ssh)
    playbooks: Playbooks = field(default_factory=Playbooks)
    memory: Memory = field(default_factory=Memory)
    verdicts: Verdicts = field(default_factory=Verdicts)


def check(
    endpoint: Endpoint,
    specification: Specification,
    tools: Tools,
    *,
    facts: FactSet | None = None,
    clean: Clean | None = None,
) -> Checked:
    """What would change on the target; nothing is changed.

    Raises:
        ReachError: the target cannot be reached (E2001–E2007).
        DeployError: it cannot be looked at, or a component cannot be decided (E2010–E2022).
    """
    began = time.monotonic()
    held = clean if clean and clean.may_hold(specification) else None

    def look(transport: Transport) -> Checked:
        session = Session(specification.target, transport, masking_of(endpoint))
        wanted = facts or FactSet()
        if held is None:
            wanted = wanted.with_those_of(tools.verdicts.facts(session, specification))
        digest = session.facts.learn(wanted.commands, expect=held.facts_digest if held else None)
        if held and digest == held.facts_digest:
            return Checked((), wanted, digest, held, time.monotonic() - began, transport.round_trips)
        # Only then is pyinfra needed, which takes half a second to import.
        from yiwang.deploy.engine.describing import describe
        from yiwang.deploy.engine.looking import look_at

        verdict = look_at(session, specification, tools)
        changes = describe(session, verdict)
        kept = None
        # A secret may be another one tomorrow, under the same reference.
        if not changes and session.facts.is_exact and not verdict.basis.secrets:
            kept = Clean(specification.digest, session.facts.digest, verdict.basis.sources)
        found = session.facts.used, session.facts.digest
        return Checked(changes, *found, kept, time.monotonic() - began, transport.round_trips)

    return reach(endpoint, tools.connect, look)
