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
from yiwang.network.rules.load import RuleBook


@dataclass(frozen=True)
class Outcome:
    """The reports of an audit, what could not be audited, and by which rules."""

    book: RuleBook
    reports: tuple[Report, ...]
    refused: tuple[Refused, ...] = ()
    time: datetime = field(default_factory=utc_now)

    @cached_property
    def groups(self) -> list[Group]:
        """The findings in groups, the worst first."""
        return grouped(self.reports)

    @cached_property
    def severities(self) -> Mapping[str, int]:
        """How many findings of each severity there are; those of which one cannot tell are not counted."""
        return Counter(
            finding.severity for report in self.reports for finding in report.findings if finding.verdict == "fail"
        )

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
