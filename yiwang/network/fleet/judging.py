"""Fleet rules: comparing all devices, and adding what is found to each device's report."""

from __future__ import annotations

import secrets
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yiwang.core.vault.secret import Secret
from yiwang.network.archive.redaction import Redaction
from yiwang.network.audit.finding import Fault
from yiwang.network.audit.program import Demand
from yiwang.network.audit.report import Report
from yiwang.network.configuration.decoding import decode
from yiwang.network.fleet import addresses, declared, isolation, management, reuse, segments, upkeep
from yiwang.network.fleet.fleet import Comparison, Difference, Fleet, Surroundings
from yiwang.network.fleet.reader import Reader
from yiwang.network.fleet.view import DeviceView
from yiwang.network.platforms.model import Platform

ALONE: Mapping[str, Comparison] = {
    "duplicate-addresses": addresses.duplicate_addresses,
    "duplicate-router-ids": addresses.duplicate_router_ids,
    "leaking-targets": isolation.leaking_targets,
    "unequal-settings": segments.unequal_settings,
    "unequal-mtu": segments.unequal_mtu,
    "reused-secrets": reuse.reused_secrets,
}
"""Comparisons that need nothing but configurations."""
WITH_ESTATE: Mapping[str, Comparison] = {
    "unplanned-addresses": addresses.unplanned_addresses,
    "wrong-neighbours": declared.wrong_neighbours,
    "undeclared-ports": declared.undeclared_ports,
    "open-snmp": management.open_snmp,
    "unsaved": upkeep.unsaved,
    "unsupported": upkeep.unsupported,
    "wrong-clocks": upkeep.wrong_clocks,
    "single-ways": declared.single_ways,
}
"""Comparisons with what is declared and what was collected; without an estate they do not apply."""

Configurations = Iterable[tuple[str, str, Path]]
"""Device, platform and file of each configuration."""


class Views:
    """Reads configurations of all platforms; secrets in plain text are compared under a key of this run only."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms
        self._tag = Redaction(Secret(secrets.token_hex())).tag
        self._readers: dict[str, Reader] = {}

    def view(self, device: str, platform: str, text: str) -> DeviceView:
        """The facts of one configuration."""
        if platform not in self._readers:
            self._readers[platform] = Reader(platform, self._platforms[platform], self._tag)
        return self._readers[platform].view(device, text)

    def of(self, configurations: Configurations) -> dict[str, DeviceView]:
        """The facts of files, by device; what cannot be read is left out, as the audit has told it."""
        found = {}
        for device, platform, file in configurations:
            try:
                text = decode(file.read_bytes()).text
            except OSError:
                continue
            found[device] = self.view(device, platform, text)
        return found


def asks_for_fleet(reports: Sequence[Report]) -> bool:
    """Whether any rule in force compares devices."""
    return any(demand.requirement.fleet for report in reports for demand in report.program.demands)


def judged(reports: Sequence[Report], fleet: Fleet) -> tuple[Report, ...]:
    """The reports with what the comparisons found, in their order."""
    found = _found(reports, fleet)
    return tuple(_with(report, found, fleet.around) for report in reports)


def _found(reports: Sequence[Report], fleet: Fleet) -> Mapping[tuple[str, str], list[Difference]]:
    """Differences by comparison and device."""
    asked = {demand.requirement.fleet for report in reports for demand in report.program.demands}
    found: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for name, compare in _comparisons(fleet.around).items():
        for each in compare(fleet) if name in asked else ():
            found[name, each.device].append(each)
    return found


def _comparisons(around: Surroundings) -> Mapping[str, Comparison]:
    return {**ALONE, **WITH_ESTATE} if around.estate else ALONE


def _with(report: Report, found: Mapping[tuple[str, str], list[Difference]], around: Surroundings) -> Report:
    applied, failed, unclear = report.applied, report.failed, report.unclear
    added: list[tuple[int, Fault]] = []
    for demand in report.program.demands:
        name = demand.requirement.fleet
        if name and name not in _comparisons(around):
            applied &= ~demand.place
        for each in found.get((name or "", report.device), ()):
            added.append((each.spot.line if each.spot else 0, _fault(demand, each)))
            failed |= demand.place if each.verdict == "fail" else 0
            unclear |= demand.place if each.verdict != "fail" else 0
    if not added and applied == report.applied:
        return report
    whole = (*zip(report.lines, report.faults, strict=True), *added)
    ordered = sorted(whole, key=lambda each: (each[0], each[1].demand.id))
    faults, lines = tuple(fault for _line, fault in ordered), array("I", (line for line, _fault in ordered))
    return replace(report, faults=faults, lines=lines, applied=applied, failed=failed, unclear=unclear)


def _fault(demand: Demand, found: Difference) -> Fault:
    spot = found.spot
    return Fault(
        demand,
        found.verdict,
        evidence=spot.text if spot else "",
        section=spot.section if spot else (),
        missing=found.missing,
        told=found.told,
    )


def sources(reports: Sequence[Report]) -> Iterator[tuple[str, str, Path]]:
    """The configurations that reports are about."""
    return ((report.device, report.program.platform, Path(report.source)) for report in reports)
