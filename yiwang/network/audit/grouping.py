"""Grouping findings: the same fault on many devices and ports is one thing to read and one thing to mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import repeat

from yiwang.network.audit.finding import Fault, Finding
from yiwang.network.audit.folding import folded
from yiwang.network.audit.report import Report
from yiwang.network.rules.rule import SEVERITIES

_NUMBERS = re.compile(r"\d+(?:[/.:]\d+)*$")


Kind = tuple[str, ...]
"""What faults have in common that differ only in device, port and line."""


@dataclass(slots=True)
class Group:
    """Findings of one rule and platform that differ only in device, port and line.

    Only how many there are is kept; where they are on a device is looked up in its report.
    """

    example: Finding
    platform: str
    waiver: str
    """The waiver that accepts them; empty where they are open."""
    count: int
    """How many findings there are."""
    reports: list[Report]
    """The devices, in their order."""
    _is_meant: Callable[[Fault, str], bool]

    @property
    def places(self) -> tuple[str, ...]:
        """The devices' names."""
        return tuple(report.device for report in self.reports)

    def where(self, device: str) -> str:
        """Where on a device: folded sections, or line numbers."""
        report = next(each for each in self.reports if each.device == device)
        pairs = zip(report.findings, report.fingerprints, strict=True)
        found = [finding for finding, fingerprint in pairs if self._is_meant(finding.fault, fingerprint)]
        sections = [finding.place for finding in found if finding.section]
        if sections:
            return ", ".join(folded(sections))
        return ", ".join(folded(f"{finding.line}" for finding in found if finding.line))


def grouped(reports: Iterable[Report], waiver_of: Callable[[str], str] | None) -> list[Group]:
    """The findings of all devices in groups: the worst and most frequent first.

    ``waiver_of`` names the waiver that accepts the finding of a fingerprint, or nothing; None where there are none.
    """
    kinds: dict[Fault, Kind] = {}
    groups: dict[tuple[str, str, Kind], Group] = {}
    for report in reports:
        platform = report.program.platform
        names = report.fingerprints if waiver_of else repeat("")
        for fault, line, fingerprint in zip(report.faults, report.lines, names, strict=False):
            if fault not in kinds:
                kinds[fault] = _kind(fault)
            waiver = waiver_of(fingerprint) if waiver_of else ""
            group = groups.get(key := (platform, waiver, kinds[fault]))
            if group is None:
                is_meant = partial(_is_of, kinds[fault], waiver, waiver_of)
                group = groups[key] = Group(Finding(fault, line), platform, waiver, 0, [], is_meant)
            group.count += 1
            if not group.reports or group.reports[-1] is not report:
                group.reports.append(report)
    weight: dict[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(groups.values(), key=lambda each: _order(each, weight))


def _is_of(kind: Kind, waiver: str, waiver_of: Callable[[str], str] | None, fault: Fault, fingerprint: str) -> bool:
    return _kind(fault) == kind and (waiver_of(fingerprint) if waiver_of else "") == waiver


def _kind(fault: Fault) -> Kind:
    section = (_NUMBERS.sub("*", each) for each in fault.section)
    return (fault.demand.id, fault.verdict, fault.absent or fault.evidence or fault.told, fault.missing, *section)


def _order(group: Group, weight: Mapping[str, int]) -> tuple[object, ...]:
    is_unclear = group.example.verdict != "fail"
    return (
        bool(group.waiver),
        is_unclear,
        weight[group.example.severity],
        -len(group.reports),
        group.example.rule,
        group.platform,
    )
