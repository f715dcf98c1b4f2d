"""What the audit of one configuration found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from yiwang.network.audit.finding import Finding, fingerprints
from yiwang.network.audit.program import Program
from yiwang.network.configuration.coverage import Coverage


@dataclass(frozen=True)
class Report:
    """Verdicts and findings for one device.

    ``applied``, ``failed`` and ``unclear`` are bits of rules; ``source`` is the file.
    """

    device: str
    program: Program
    findings: tuple[Finding, ...]
    applied: int
    failed: int
    unclear: int
    coverage: Coverage
    is_whole: bool = True
    version: str | None = None
    source: str = ""

    @cached_property
    def verdicts(self) -> Mapping[str, str]:
        """pass, fail or cannot_tell for each rule that applies, by its id."""
        return {
            rule: self._verdict(1 << place)
            for place, rule in enumerate(self.program.rules)
            if self.applied & (1 << place)
        }

    def _verdict(self, place: int) -> str:
        if self.failed & place:
            return "fail"
        return "cannot_tell" if self.unclear & place else "pass"

    @cached_property
    def fingerprints(self) -> tuple[str, ...]:
        """The stable names of the findings, in their order."""
        return tuple(fingerprints(self.device, self.findings))
