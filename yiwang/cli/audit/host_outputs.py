"""What is written of an audit of hosts: the formats of ``yiwang audit run``, but SARIF and HTML.

SARIF places findings in lines of files, and the page filters by severity: checks of hosts have neither.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as Xml

from yiwang.core.database.types import utc_now
from yiwang.core.errors import UsageError
from yiwang.core.i18n import N_, _
from yiwang.network.audit.outputs import UNKNOWN_FORMAT, csv, junit, xlsx
from yiwang.network.audit.outputs.clauses import control_point
from yiwang.network.audit.words import VERDICT_WORDS

if TYPE_CHECKING:
    from yiwang.deploy.auditing import HostReport
    from yiwang.deploy.host_audit import HostFinding

VERSION = 1
VERDICTS = {"pass": "pass", "fail": "fail", "unknown": "cannot_tell"}
"""Verdicts of hosts, and what audits call them."""
COLUMNS = ("host", "level", "rule", "clause", "title", "verdict", "observed")
ASSESSMENT = (
    (N_("host"), 22),
    (N_("control point"), 22),
    (N_("level"), 7),
    (N_("clause"), 16),
    (N_("rule"), 22),
    (N_("item"), 36),
    (N_("result"), 11),
    (N_("evidence"), 60),
)
HOSTS = ((N_("host"), 22), (N_("level"), 7), (N_("pass"), 9), (N_("fail"), 9), (N_("cannot tell"), 11), ("", 60))

Writer = Callable[[Sequence["HostReport"]], bytes]


def verdict_word(finding: HostFinding) -> str:
    """A verdict for people, in the words of audits."""
    return _(VERDICT_WORDS[VERDICTS[finding.verdict]])


def as_json(reports: Sequence[HostReport]) -> bytes:
    """One document: a summary, every host, and the result of every check on it."""
    document = {
        "version": VERSION,
        "kind": "host-audit",
        "time": utc_now().isoformat(),
        "summary": {
            "hosts": sum(not each.problem for each in reports),
            "refused": sum(bool(each.problem) for each in reports),
            "verdicts": dict(Counter(row["verdict"] for row in _rows(reports))),
        },
        "hosts": [_host(each) for each in reports if not each.problem],
        "refused": [{"host": each.host, "reason": each.problem} for each in reports if each.problem],
        "results": list(_rows(reports)),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _host(report: HostReport) -> dict[str, Any]:
    verdicts = {each.check.id: VERDICTS[each.verdict] for each in report.findings}
    return {"host": report.host, "level": report.level, "verdicts": verdicts}


def _rows(reports: Sequence[HostReport]) -> Iterator[dict[str, Any]]:
    for report in reports:
        for each in report.findings:
            yield {
                "host": report.host,
                "level": report.level,
                "rule": each.check.id,
                "clause": each.clause,
                "title": each.check.title,
                "verdict": VERDICTS[each.verdict],
                "observed": each.evidence,
            }


def as_csv(reports: Sequence[HostReport]) -> bytes:
    """One line for each check on each host, as spreadsheets read it."""
    return csv.table(COLUMNS, _rows(reports))


def as_junit(reports: Sequence[HostReport]) -> bytes:
    """Hosts are suites, checks are cases; one that cannot be told is skipped."""
    top = Xml.Element("testsuites", name="yiwang audit hosts")
    top.extend(_refused(each) if each.problem else _suite(each) for each in reports)
    Xml.indent(top)
    document: bytes = Xml.tostring(top, encoding="utf-8", xml_declaration=True)
    return document


def _suite(report: HostReport) -> Xml.Element:
    numbers = {
        "tests": len(report.findings),
        "failures": report.counts["fail"],
        "skipped": report.counts["unknown"],
        "errors": 0,
    }
    suite = Xml.Element("testsuite", {key: str(number) for key, number in numbers.items()}, name=report.host)
    for each in report.findings:
        case = Xml.SubElement(suite, "testcase", classname=report.host, name=each.check.id)
        if each.verdict == "fail":
            failure = Xml.SubElement(case, "failure", message=each.check.title, type=each.clause)
            failure.text = junit.plain(each.evidence)
        elif each.verdict == "unknown":
            Xml.SubElement(case, "skipped", message=junit.plain(each.evidence))
    return suite


def _refused(report: HostReport) -> Xml.Element:
    suite = Xml.Element("testsuite", name=report.host, tests="1", errors="1", failures="0")
    case = Xml.SubElement(suite, "testcase", classname=report.host, name=_("connection"))
    Xml.SubElement(case, "error", message=junit.plain(report.problem))
    return suite


def as_xlsx(reports: Sequence[HostReport]) -> bytes:
    """The assessment sheet (测评表), and how each host did."""
    stream = BytesIO()
    with xlsx.workbook(stream, _("Host security assessment")) as book:
        assessed = ((report, each) for report in reports for each in report.findings)
        xlsx.sheet(book, _("assessment"), ASSESSMENT, (_assessed(report, each) for report, each in assessed))
        xlsx.sheet(book, _("host"), HOSTS, map(_counted, reports))
    return stream.getvalue()


def _assessed(report: HostReport, finding: HostFinding) -> list[Any]:
    return [
        report.host,
        control_point([finding.clause]),
        report.level,
        finding.clause,
        finding.check.id,
        finding.check.title,
        verdict_word(finding),
        finding.evidence,
    ]


def _counted(report: HostReport) -> list[Any]:
    numbers = ["", "", ""] if report.problem else [report.counts[verdict] for verdict in VERDICTS]
    return [report.host, report.level, *numbers, report.problem]


WRITERS: Mapping[str, Writer] = {"json": as_json, "csv": as_csv, "junit": as_junit, "xlsx": as_xlsx}
ENDINGS = {".json": as_json, ".csv": as_csv, ".xml": as_junit, ".xlsx": as_xlsx}


def writer_of(file: Path) -> Writer:
    """What writes the format that a file's name asks for.

    Raises:
        UsageError: it asks for none that is known (E3612).
    """
    found = ENDINGS.get(file.suffix.lower())
    if found is None:
        raise UsageError(UNKNOWN_FORMAT, file=file.name, known=", ".join(ENDINGS))
    return found
