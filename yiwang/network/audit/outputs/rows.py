"""Findings as plain rows: what JSON, CSV and spreadsheets show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from yiwang.network.audit.finding import Finding
from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.report import Report

COLUMNS = (
    "device",
    "platform",
    "rule",
    "severity",
    "verdict",
    "title",
    "file",
    "line",
    "section",
    "observed",
    "expected",
    "why",
    "clauses",
    "clauses_level_2",
    "cis",
    "missing",
    "fix",
    "rollback",
    "cuts_session",
    "verified",
    "fingerprint",
    "state",
    "waiver",
    "waiver_void",
)


def rows(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Every finding of an audit, device by device, in the order of lines."""
    for report, finding, fingerprint in outcome.findings():
        found = outcome.acceptances.get(fingerprint)
        yield {
            **row(report, finding, fingerprint),
            "state": outcome.states.get(fingerprint, ""),
            "waiver": found.name if found else "",
            "waiver_void": found.void if found else "",
        }


def row(report: Report, finding: Finding, fingerprint: str) -> dict[str, Any]:
    """One finding."""
    rule, check = finding.demand.rule, finding.demand.check
    return {
        "device": report.device,
        "platform": report.program.platform,
        "rule": finding.rule,
        "severity": finding.severity,
        "verdict": finding.verdict,
        "title": str(rule.title),
        "file": report.source,
        "line": finding.line,
        "section": finding.place,
        "observed": finding.observed,
        "expected": finding.expected,
        "why": str(rule.rationale),
        "clauses": list(rule.clauses.level_3),
        "clauses_level_2": list(rule.clauses.level_2),
        "cis": rule.cis,
        "missing": finding.missing,
        "fix": check.fix.rstrip(),
        "rollback": check.rollback.rstrip(),
        "cuts_session": check.cuts_session,
        "verified": rule.verified if check.verified is None else check.verified,
        "fingerprint": fingerprint,
    }
