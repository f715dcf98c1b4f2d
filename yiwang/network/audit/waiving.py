"""Waivers on findings: which findings are accepted for now, and which acceptances no longer hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from yiwang.core.i18n import _
from yiwang.inventory.model.waiver import Waiver
from yiwang.network.audit.finding import Finding
from yiwang.network.audit.report import Report
from yiwang.network.configuration.line import cleaned
from yiwang.network.configuration.redaction import redacted
from yiwang.network.configuration.tree import TOP, Configuration

SEAL_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A waiver on one finding; ``void`` tells, in the current language, why it no longer holds."""

    name: str
    waiver: Waiver
    void: str = ""


def accepted(
    report: Report, waivers: Mapping[str, Waiver], configuration: Configuration, today: date
) -> dict[str, Acceptance]:
    """The waivers on a report's findings, by fingerprint; ``waivers`` are those on this device."""
    found: dict[str, Acceptance] = {}
    for finding, fingerprint in zip(report.findings, report.fingerprints, strict=True):
        meant = [(name, each) for name, each in waivers.items() if _is_meant(each, finding)]
        weighed = [Acceptance(name, each, _void(each, finding, configuration, today)) for name, each in meant]
        if weighed:
            # One that holds counts before one that does not.
            found[fingerprint] = min(weighed, key=lambda each: each.void != "")
    return found


def _is_meant(waiver: Waiver, finding: Finding) -> bool:
    return waiver.rule == finding.rule and waiver.section in ("", finding.place)


def _void(waiver: Waiver, finding: Finding, configuration: Configuration, today: date) -> str:
    if waiver.expires < today:
        return _("expired on {day}").format(day=waiver.expires)
    if waiver.seal is not None and waiver.seal != seal(configuration, finding.line):
        return _("the section changed")
    return ""


def seal(configuration: Configuration, line: int) -> str:
    """The hash of the outermost section that a line, from 1, stands in, with its secrets hidden.

    A finding without a line, about what is missing altogether, has the hash of nothing.
    """
    shown: Iterable[str] = ()
    if line:
        first = line - 1
        while configuration.parents[first] != TOP:
            first = configuration.parents[first]
        lines = configuration.lines[first : configuration.end_of(first)]
        shown = (redacted(cleaned(each), configuration.grammar).rstrip() for each in lines)
    content = "\n".join(each for each in shown if each.strip())
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=SEAL_LENGTH // 2).hexdigest()
