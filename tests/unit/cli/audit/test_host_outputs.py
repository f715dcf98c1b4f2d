"""What is written of an audit of hosts."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path
from xml.etree import ElementTree as Xml

import openpyxl
import pytest

from yiwang.cli.audit.host_outputs import as_csv, as_json, as_junit, as_xlsx, writer_of
from yiwang.cli.audit.hosts import grouped
from yiwang.core.errors import UsageError
from yiwang.core.i18n import use
from yiwang.deploy.auditing import HostReport
from yiwang.deploy.host_audit import HostFinding, Verdict, host_checks

CHECKS = {check.id: check for check in host_checks()}


def finding(check: str, verdict: Verdict, evidence: str) -> HostFinding:
    return HostFinding(CHECKS[check], CHECKS[check].clauses[3], verdict, evidence)


ROOT = finding("one-root", "fail", "root\n=backdoor\x1b")
REPORTS = (
    HostReport("desk-1", 3, problem="E2001 no answer"),
    HostReport("web-1", 3, (finding("clock", "pass", "Normal"), finding("malware", "unknown", ""), ROOT)),
    HostReport("web-2", 3, (finding("clock", "pass", "Normal"), ROOT)),
)


def test_json_tells_every_result_and_who_was_not_looked_at() -> None:
    document = json.loads(as_json(REPORTS))

    assert document["summary"] == {"hosts": 2, "refused": 1, "verdicts": {"pass": 2, "cannot_tell": 1, "fail": 2}}
    assert document["refused"] == [{"host": "desk-1", "reason": "E2001 no answer"}]
    assert document["hosts"][1]["verdicts"] == {"clock": "pass", "one-root": "fail"}
    assert document["results"][2] == {
        "host": "web-1",
        "level": 3,
        "rule": "one-root",
        "clause": "8.1.4.2 d",
        "title": "only one superuser",
        "verdict": "fail",
        "observed": "root\n=backdoor\x1b",
    }


def test_csv_has_a_line_for_each_result_and_no_formula() -> None:
    evil = HostReport("web-3", 3, (finding("one-root", "fail", "=cmd|calc"),))

    lines = list(csv.DictReader(StringIO(as_csv((*REPORTS, evil)).decode("utf-8-sig"))))

    assert [line["host"] for line in lines] == ["web-1", "web-1", "web-1", "web-2", "web-2", "web-3"]
    assert lines[-1]["observed"] == "'=cmd|calc"


def test_junit_counts_failures_what_is_skipped_and_hosts_without_an_answer() -> None:
    suites = Xml.fromstring(as_junit(REPORTS))

    assert [(each.get("name"), each.get("failures"), each.get("skipped"), each.get("errors")) for each in suites] == [
        ("desk-1", "0", None, "1"),
        ("web-1", "1", "1", "0"),
        ("web-2", "1", "0", "0"),
    ]
    assert suites.findtext("testsuite/testcase/failure") == "root\n=backdoor?"


def test_the_assessment_sheet_speaks_chinese_and_names_the_control_point() -> None:
    use("zh_CN")
    try:
        book = openpyxl.load_workbook(BytesIO(as_xlsx(REPORTS)))
    finally:
        use(None)

    assessment, hosts = (list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets)
    assert assessment[1][:7] == ("web-1", "安全计算环境·安全审计", 3, "8.1.4.3 b", "clock", "时钟同步", "符合")
    assert len(assessment) == 6
    assert hosts[1][0] == "desk-1"
    assert hosts[1][-1] == "E2001 no answer"
    assert hosts[2][:5] == ("web-1", 3, 1, 1, 1)


def test_equal_findings_stand_once_and_what_fails_comes_first() -> None:
    groups = [(each.check.id, names) for each, names in grouped(REPORTS)]

    assert groups == [("one-root", ["web-1", "web-2"]), ("malware", ["web-1"]), ("clock", ["web-1", "web-2"])]


def test_a_file_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        writer_of(Path("hosts.sarif"))

    assert caught.value.error.id == "E3612"
    assert ".xlsx" in caught.value.advice
