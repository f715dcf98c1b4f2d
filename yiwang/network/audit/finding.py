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


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is not kept.  No text in it holds a secret.

    ``line`` counts from 1 and is 0 where a line is missing in the whole configuration; ``evidence`` is the
    line there, ``section`` the first lines of the sections around it, the outermost first.  ``absent`` is
    the expression of the line that is missing; ``missing`` says what one must look at to tell, and ``told``,
    in the current language, what the line was compared with.
    """

    demand: Demand
    verdict: Wrong
    line: int = 0
    evidence: str = ""
    section: tuple[str, ...] = ()
    absent: str = ""
    missing: str = ""
    told: str = ""

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

    @property
    def identity(self) -> str:
        """What makes two findings of a device the same: neither the line number nor the wording of the rule."""
        return "\x1f".join((self.rule, *self.section, "", self.absent or self.evidence))


def fingerprints(device: str, findings: Iterable[Finding]) -> Iterator[str]:
    """A stable name for each finding of a device, in their order.

    Equal lines of one section, such as two secrets that are hidden, are told apart by their order.
    """
    seen: dict[str, int] = {}
    for finding in findings:
        identity = finding.identity
        number = seen[identity] = seen.get(identity, 0) + 1
        material = "\x1e".join((device, identity, str(number)))
        digest = hashlib.blake2b(material.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_LENGTH // 2)
        yield digest.hexdigest()
