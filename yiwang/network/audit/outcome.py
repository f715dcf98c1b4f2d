"""All results of one audit, as outputs need them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from yiwang.core.database.types import utc_now
from yiwang.network.audit.auditor import Refused
from yiwang.network.audit.finding import Finding
from yiwang.network.audit.grouping import Group, grouped
from yiwang.network.audit.report import Report
from yiwang.network.audit.waiving import Acceptance
from yiwang.network.rules.load import RuleBook


@dataclass(frozen=True)
class Outcome:
    """The reports of an audit, what could not be audited, and by which rules."""

    book: RuleBook
    reports: tuple[Report, ...]
    refused: tuple[Refused, ...] = ()
    time: datetime = field(default_factory=utc_now)
    acceptances: Mapping[str, Acceptance] = field(default_factory=dict)
    """Waivers on findings, those that no longer hold among them, by fingerprint."""
    states: Mapping[str, str] = field(default_factory=dict)
    """new, persisting or reopened for each fingerprint; empty where there is nothing to compare with."""
    fixed: tuple[tuple[str, str], ...] = ()
    """(device, rule) of findings that are gone since the audit before."""

    @cached_property
    def groups(self) -> list[Group]:
        """The findings in groups, the worst first."""
        return grouped(self.reports, self._waiver_of if self.acceptances else None)

    def _waiver_of(self, fingerprint: str) -> str:
        return self.acceptances[fingerprint].name if self.is_waived(fingerprint) else ""

    @cached_property
    def severities(self) -> Mapping[str, int]:
        """How many findings of each severity are open: neither waived nor such that one cannot tell."""
        found = Counter[str]()
        for group in self.groups:
            if group.example.verdict == "fail" and not group.waiver:
                found[group.example.severity] += group.count
        return found

    @cached_property
    def waived(self) -> int:
        """How many findings a waiver that holds accepts."""
        return sum(not each.void for each in self.acceptances.values())

    def is_waived(self, fingerprint: str) -> bool:
        """Whether a waiver that holds accepts this finding."""
        found = self.acceptances.get(fingerprint)
        return found is not None and not found.void

    @cached_property
    def verdicts(self) -> Mapping[str, int]:
        """How often each verdict was given, over devices and rules."""
        return Counter(verdict for report in self.reports for verdict in report.verdicts.values())

    def findings(self) -> Iterator[tuple[Report, Finding, str]]:
        """Each finding with its report and its fingerprint."""
        for report in self.reports:
            for finding, fingerprint in zip(report.findings, report.fingerprints, strict=True):
                yield report, finding, fingerprint


def outcome_of(book: RuleBook, results: Iterable[Report | Refused]) -> Outcome:
    """Gather the results of an audit."""
    found = list(results)
    reports = tuple(each for each in found if isinstance(each, Report))
    return Outcome(book, reports, tuple(each for each in found if isinstance(each, Refused)))
