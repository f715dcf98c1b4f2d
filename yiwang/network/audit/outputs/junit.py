"""JUnit: devices are suites, rules are cases; a rule of which one cannot tell is skipped, with the reason."""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as Xml

from yiwang.core.i18n import _
from yiwang.network.audit.finding import Finding
from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.report import Report


def written(outcome: Outcome) -> bytes:
    """One document of all devices."""
    top = Xml.Element("testsuites", name="yiwang audit")
    for report in outcome.reports:
        top.append(_suite(report))
    for refused in outcome.refused:
        suite = Xml.SubElement(top, "testsuite", name=refused.device, tests="1", errors="1", failures="0")
        case = Xml.SubElement(suite, "testcase", classname=refused.device, name=_("configuration"))
        Xml.SubElement(case, "error", message=plain(refused.reason))
    Xml.indent(top)
    document: bytes = Xml.tostring(top, encoding="utf-8", xml_declaration=True)
    return document


def _suite(report: Report) -> Xml.Element:
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        found[finding.rule].append(finding)
    verdicts = report.verdicts
    counts = {verdict: sum(each == verdict for each in verdicts.values()) for verdict in ("fail", "cannot_tell")}
    suite = Xml.Element(
        "testsuite",
        name=report.device,
        tests=str(len(verdicts)),
        failures=str(counts["fail"]),
        skipped=str(counts["cannot_tell"]),
        errors="0",
    )
    for rule, verdict in verdicts.items():
        case = Xml.SubElement(suite, "testcase", classname=report.device, name=rule)
        if verdict == "fail":
            _fail(case, report, [each for each in found[rule] if each.verdict == "fail"])
        elif verdict == "cannot_tell":
            Xml.SubElement(case, "skipped", message=plain("; ".join(each.missing for each in found[rule])))
    return suite


def _fail(case: Xml.Element, report: Report, findings: list[Finding]) -> None:
    title = f"{findings[0].demand.rule.title} [{findings[0].severity}]"
    failure = Xml.SubElement(case, "failure", message=plain(title), type=findings[0].severity)
    lines = (f"{report.source}:{each.line}: {each.observed}" for each in findings)
    failure.text = plain("\n".join((*lines, "", findings[0].expected)))


def plain(text: str) -> str:
    """What XML can carry: a device may send any character."""
    return "".join(
        each if each in "\t\n" or " " <= each <= "\ud7ff" or "\ue000" <= each <= "\ufffd" else "?" for each in text
    )
