"""Plans: what would change on which targets, in which order; frozen, with a fingerprint.

The fingerprint is over everything that is carried out: what each target is to be, what was found
on it, and the waves.  An approval is for a fingerprint; should the estate or a target change, the
fingerprint is another and the approval no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

from yiwang.core.canonical import canonical
from yiwang.deploy.wave import PlannedWave


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One target of a plan, as plain data without secrets.

    ``specification`` is what it is to be, ``facts_digest`` stands for what was found on it, ``changes``
    is what differs; ``problem`` says why it could not be looked at, and then the others are empty.
    """

    name: str
    specification: Mapping[str, Any]
    facts_digest: str = ""
    changes: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""

    @property
    def is_changing(self) -> bool:
        """Whether anything is to be done on it."""
        return bool(self.changes)


@dataclass(frozen=True)
class Plan:
    """A plan: the targets by name and the waves of those that change."""

    id: str
    created: datetime
    requester: str
    estate: str
    selector: str
    targets: tuple[PlannedTarget, ...]
    waves: tuple[PlannedWave, ...]

    @cached_property
    def fingerprint(self) -> str:
        """What an approval is for."""
        return fingerprint(self.targets, self.waves)

    @property
    def changing(self) -> tuple[PlannedTarget, ...]:
        """The targets on which something is to be done."""
        return tuple(target for target in self.targets if target.is_changing)

    @property
    def command(self) -> str:
        """The command that it asks to run, for a request made by ``yiwang run``; else empty."""
        return str(self.targets[0].specification.get("command", "")) if self.targets else ""

    @property
    def problems(self) -> tuple[PlannedTarget, ...]:
        """The targets that could not be looked at."""
        return tuple(target for target in self.targets if target.problem)

    def target(self, name: str) -> PlannedTarget:
        """One target; raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> Mapping[str, PlannedTarget]:
        return {target.name: target for target in self.targets}


def fingerprint(targets: tuple[PlannedTarget, ...], waves: tuple[PlannedWave, ...]) -> str:
    """One text for all that a plan carries out, whatever the order in which targets were looked at."""
    parts = {
        "targets": {each.name: _carried_out(each) for each in targets if each.is_changing},
        "waves": [asdict(wave) for wave in waves],
    }
    return blake2b(canonical(parts).encode(), digest_size=16).hexdigest()


def _carried_out(target: PlannedTarget) -> list[Any]:
    # What Ansible found stands in its changes; the facts are those of the components.
    found = [[change["digest"] for change in target.changes]] if target.specification.get("playbooks") else []
    return [target.specification, target.facts_digest, *found]
