"""Grouping findings: the same fault on many devices and ports is one thing to read and one thing to mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from yiwang.network.audit.finding import Finding
from yiwang.network.audit.folding import folded
from yiwang.network.audit.report import Report
from yiwang.network.rules.rule import SEVERITIES

_NUMBERS = re.compile(r"\d+(?:[/.:]\d+)*$")


@dataclass(slots=True)
class Group:
    """Findings of one rule and platform that differ only in device, port and line; ``places`` are by device."""

    example: Finding
    platform: str
    waiver: str = ""
    """The waiver that accepts them; empty where they are open."""
    places: dict[str, list[Finding]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many findings there are."""
        return sum(map(len, self.places.values()))

    def where(self, device: str) -> str:
        """Where on a device: folded sections, or line numbers."""
        found = self.places[device]
        sections = [finding.place for finding in found if finding.section]
        if sections:
            return ", ".join(folded(sections))
        return ", ".join(folded(f"{finding.line}" for finding in found if finding.line))


def grouped(findings: Iterable[tuple[Report, Finding, str]]) -> list[Group]:
    """The findings of all devices, each with its report and waiver, in groups: the worst and most frequent first."""
    groups: dict[tuple[str, ...], Group] = {}
    for report, finding, waiver in findings:
        platform = report.program.platform
        key = (platform, waiver, *_kind(finding))
        group = groups.setdefault(key, Group(finding, platform, waiver))
        group.places.setdefault(report.device, []).append(finding)
    weight: dict[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(groups.values(), key=lambda each: _order(each, weight))


def _kind(finding: Finding) -> tuple[str, ...]:
    section = (_NUMBERS.sub("*", each) for each in finding.section)
    return (
        finding.rule,
        finding.verdict,
        finding.absent or finding.evidence or finding.told,
        finding.missing,
        *section,
    )


def _order(group: Group, weight: Mapping[str, int]) -> tuple[object, ...]:
    is_unclear = group.example.verdict != "fail"
    return (
        bool(group.waiver),
        is_unclear,
        weight[group.example.severity],
        -len(group.places),
        group.example.rule,
        group.platform,
    )
