"""What changed since the last audit: new, persisting, reopened and fixed findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.evidence import Observation, Subject
from yiwang.network.audit.report import Report

KIND = "audit"
NEW, PERSISTING, REOPENED = "new", "persisting", "reopened"


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier audits found on a device: fingerprints with their rule, still open or fixed since."""

    open: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """How the findings of a device stand to earlier ones: a state for each fingerprint, and those that are gone."""

    states: Mapping[str, str]
    fixed: Mapping[str, str]
    known: Known


def compared(before: Known | None, report: Report, rules: Collection[str]) -> Change:
    """Compare a report with what was known; of rules that were not asked for now, nothing is said to be fixed."""
    now = {each: finding.rule for each, finding in zip(report.fingerprints, report.findings, strict=True)}
    if before is None:
        return Change({}, {}, Known(now))
    states = {each: _state(before, each) for each in now}
    gone = {each: rule for each, rule in before.open.items() if each not in now and rule in rules}
    unasked = {each: rule for each, rule in before.open.items() if each not in now and rule not in rules}
    fixed = {each: rule for each, rule in {**before.fixed, **gone}.items() if each not in now}
    return Change(states, gone, Known({**unasked, **now}, fixed))


def _state(before: Known, fingerprint: str) -> str:
    if fingerprint in before.open:
        return PERSISTING
    return REOPENED if fingerprint in before.fixed else NEW


def known_of(observation: Observation) -> Known:
    """What an observation of an earlier audit remembers."""
    return Known(dict(observation.detail.get("open", {})), dict(observation.detail.get("fixed", {})))


def observed(report: Report, change: Change, run: str | None = None) -> Observation:
    """A report as evidence on the device: the verdict, counts, and the fingerprints by which the next one compares."""
    verdict = "fail" if report.failed else "unknown" if report.unclear else "pass"
    counts = {each: list(report.verdicts.values()).count(each) for each in ("pass", "fail", "cannot_tell")}
    detail = {"verdicts": counts, "open": dict(change.known.open), "fixed": dict(change.known.fixed)}
    return Observation(Subject("device", report.device), KIND, verdict, detail, run)  # type: ignore[arg-type]


def known_in(document: Mapping[str, Any]) -> Mapping[str, Known]:
    """What an earlier audit's JSON document found, by device."""
    return dict(_known_in(document))


def _known_in(document: Mapping[str, Any]) -> Iterator[tuple[str, Known]]:
    found: dict[str, dict[str, str]] = {each["device"]: {} for each in document["devices"]}
    for row in document["findings"]:
        found[row["device"]][row["fingerprint"]] = row["rule"]
    yield from ((device, Known(findings)) for device, findings in found.items())
