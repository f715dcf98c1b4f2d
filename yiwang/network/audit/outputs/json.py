"""JSON: everything that an audit found, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.outputs.rows import rows
from yiwang.network.audit.report import Report

VERSION = 1


def written(outcome: Outcome) -> bytes:
    """One document."""
    return json.dumps(document(outcome), ensure_ascii=False, indent=1).encode()


def document(outcome: Outcome) -> dict[str, Any]:
    """The document as plain data; ``--since`` reads ``findings`` of an earlier one."""
    return {
        "version": VERSION,
        "kind": "audit",
        "time": outcome.time.isoformat(),
        "summary": {
            "devices": len(outcome.reports),
            "refused": len(outcome.refused),
            "rules": len(outcome.book.rules),
            "verdicts": dict(outcome.verdicts),
            "severities": dict(outcome.severities),
            "waived": outcome.waived,
        },
        "disabled": dict(outcome.book.disabled),
        "devices": list(_devices(outcome)),
        "refused": [{"device": each.device, "file": str(each.file), "reason": each.reason} for each in outcome.refused],
        "findings": list(rows(outcome)),
        "fixed": [{"device": device, "rule": rule} for device, rule in outcome.fixed],
    }


def _devices(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for report in outcome.reports:
        yield {
            "device": report.device,
            "platform": report.program.platform,
            "version": report.version,
            "file": report.source,
            "is_whole": report.is_whole,
            "coverage": _coverage(report),
            "verdicts": dict(report.verdicts),
        }


def _coverage(report: Report) -> dict[str, Any]:
    found = report.coverage
    return {"lines": found.lines, "share": round(found.share, 4), "stray": list(found.stray[:100])}
