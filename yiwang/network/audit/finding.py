"""A finding: which rule a device does not keep, or cannot be told to keep, and where that shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from yiwang.core.i18n import _
from yiwang.network.audit.program import Demand

FINGERPRINT_LENGTH = 16

Wrong = Literal["fail", "cannot_tell"]
"""The verdicts that make a finding."""


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """What is wrong, wherever it is: every device that shows the same shares it.  No text in it holds a secret.

    ``evidence`` is the line, ``section`` the first lines of the sections around it, the outermost first.
    ``absent`` is the expression of the line that is missing; ``missing`` says what one must look at to tell,
    and ``told``, in the current language, what the line was compared with.
    """

    demand: Demand
    verdict: Wrong
    evidence: str = ""
    section: tuple[str, ...] = ()
    absent: str = ""
    missing: str = ""
    told: str = ""

    @property
    def identity(self) -> str:
        """What makes two findings of a device the same: neither the line number nor the wording of the rule."""
        return "\x1f".join((self.demand.id, *self.section, "", self.absent or self.evidence))


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a line, from 1; the line is 0 where one is missing in the whole configuration."""

    fault: Fault
    line: int = 0

    @property
    def demand(self) -> Demand:
        """What is not met."""
        return self.fault.demand

    @property
    def verdict(self) -> Wrong:
        """Whether it fails, or one cannot tell."""
        return self.fault.verdict

    @property
    def evidence(self) -> str:
        """The line."""
        return self.fault.evidence

    @property
    def section(self) -> tuple[str, ...]:
        """The first lines of the sections around it, the outermost first."""
        return self.fault.section

    @property
    def absent(self) -> str:
        """The expression of the line that is missing."""
        return self.fault.absent

    @property
    def missing(self) -> str:
        """What one must look at to tell."""
        return self.fault.missing

    @property
    def told(self) -> str:
        """What the line was compared with."""
        return self.fault.told

    @property
    def rule(self) -> str:
        """The rule's id."""
        return self.demand.id

    @property
    def severity(self) -> str:
        """How much it counts: critical, high, medium, low or info."""
        return self.demand.rule.severity

    @property
    def place(self) -> str:
        """The section, for people."""
        return " / ".join(self.section)

    @property
    def observed(self) -> str:
        """What was seen."""
        if self.absent:
            values = {"expression": self.absent, "place": self.place}
            told = _("no line `{expression}` in `{place}`") if self.section else _("no line `{expression}`")
            return told.format(**values)
        return f"{self.evidence} ({self.told})" if self.evidence and self.told else self.evidence or self.told

    @property
    def expected(self) -> str:
        """What should be there: the lines that put it right."""
        return self.demand.check.fix.rstrip()


def fingerprints(device: str, faults: Iterable[Fault]) -> Iterator[str]:
    """A stable name for each fault of a device, in their order.

    Equal lines of one section, such as two secrets that are hidden, are told apart by their order.
    """
    seen: dict[str, int] = {}
    for fault in faults:
        identity = fault.identity
        number = seen[identity] = seen.get(identity, 0) + 1
        material = "\x1e".join((device, identity, str(number)))
        digest = hashlib.blake2b(material.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_LENGTH // 2)
        yield digest.hexdigest()
