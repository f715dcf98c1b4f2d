"""What the audit of one configuration found."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from yiwang.network.audit.finding import FINGERPRINT_LENGTH, Fault, Finding, fingerprints
from yiwang.network.audit.program import Program
from yiwang.network.configuration.coverage import Coverage


@dataclass(frozen=True)
class Report:
    """Verdicts and findings for one device.

    ``faults`` are shared by all devices that show the same, ``lines`` tell where they are: a finding is made
    when it is asked for and takes a few bytes until then.  ``applied``, ``failed`` and ``unclear`` are bits of
    rules; ``source`` is the file.
    """

    device: str
    program: Program
    faults: tuple[Fault, ...]
    lines: array[int]
    applied: int
    failed: int
    unclear: int
    coverage: Coverage
    is_whole: bool = True
    version: str | None = None
    source: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, by line and rule; made anew each time."""
        return tuple(map(Finding, self.faults, self.lines))

    @property
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

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The stable names of the findings, in their order."""
        length = FINGERPRINT_LENGTH
        return tuple(self._fingerprints[at : at + length] for at in range(0, len(self._fingerprints), length))

    @cached_property
    def _fingerprints(self) -> str:
        # One text takes a quarter of what as many texts take.
        return "".join(fingerprints(self.device, self.faults))
