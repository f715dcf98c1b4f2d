"""SARIF 2.1.0 (OASIS): findings for code scanners' dashboards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiwang import __version__
from yiwang.network.audit.finding import Finding
from yiwang.network.audit.history import PERSISTING
from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.report import Report
from yiwang.network.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "yiwang/v1"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
SECURITY_SEVERITIES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}
"""The property by which GitHub and others sort, on the scale of CVSS."""


def written(outcome: Outcome) -> bytes:
    """One log with one run."""
    return json.dumps(document(outcome), ensure_ascii=False, indent=1).encode()


def document(outcome: Outcome) -> dict[str, Any]:
    """The log as plain data."""
    numbers = {id: number for number, id in enumerate(outcome.book.rules)}
    run = {
        "tool": {
            "driver": {
                "name": "yiwang",
                "version": __version__,
                "rules": [_rule(id, rule) for id, rule in outcome.book.rules.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not outcome.refused,
                "endTimeUtc": f"{outcome.time:%Y-%m-%dT%H:%M:%SZ}",
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": each.reason},
                        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(str(each.file))}}}],
                    }
                    for each in outcome.refused
                ],
            }
        ],
        "results": [
            _result(report, finding, fingerprint, numbers) | _standing(outcome, fingerprint)
            for report, finding, fingerprint in outcome.findings()
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(id: str, rule: Rule) -> dict[str, Any]:
    return {
        "id": id,
        "shortDescription": {"text": str(rule.title)},
        "fullDescription": {"text": str(rule.rationale)},
        "help": {"text": "\n\n".join(f"{', '.join(each.platforms)}:\n{each.fix.rstrip()}" for each in rule.checks)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": list(dict.fromkeys(f"GB/T 22239-2019 {clause}" for clause in _clauses(rule))),
            "security-severity": SECURITY_SEVERITIES[rule.severity],
            "verified": rule.verified,
        },
    }


def _clauses(rule: Rule) -> tuple[str, ...]:
    return (*rule.clauses.level_2, *rule.clauses.level_3)


def _result(report: Report, finding: Finding, fingerprint: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    is_open = finding.verdict == "cannot_tell"
    missing = f" ({finding.missing})" if finding.missing else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        # SARIF's word for "not enough information to decide" is open; anything but fail has no level.
        "kind": "open" if is_open else "fail",
        "level": "none" if is_open else LEVELS[finding.severity],
        "message": {"text": f"{finding.demand.rule.title}: {finding.observed}{missing}"},
        "locations": [_location(report, finding)],
        "partialFingerprints": {FINGERPRINT: fingerprint},
        "properties": {"device": report.device, "fix": finding.expected},
    }


def _standing(outcome: Outcome, fingerprint: str) -> dict[str, Any]:
    standing: dict[str, Any] = {}
    if state := outcome.states.get(fingerprint):
        standing["baselineState"] = "unchanged" if state == PERSISTING else "new"
    if found := outcome.acceptances.get(fingerprint):
        standing["suppressions"] = [
            {
                "kind": "external",
                "status": "rejected" if found.void else "accepted",
                "justification": "; ".join(part for part in (found.waiver.reason, found.void) if part),
            }
        ]
    return standing


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(report.source)}}
    if finding.line:
        physical["region"] = {"startLine": finding.line, "snippet": {"text": finding.evidence}}
    logical = {
        "name": finding.place or report.device,
        "fullyQualifiedName": "/".join((report.device, *finding.section)),
    }
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def uri(file: str) -> str:
    """A file as SARIF writes it: relative where it was given so, with what URIs do not carry escaped."""
    from urllib.parse import quote

    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
