"""What is written of an audit can be read by the programs that it is for, and holds no secret."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema
import openpyxl
import pytest

from yiwang.core.errors import UsageError
from yiwang.core.i18n import use
from yiwang.network.audit.auditor import Auditor
from yiwang.network.audit.folding import folded
from yiwang.network.audit.outcome import Outcome, outcome_of
from yiwang.network.audit.outputs import FORMATS, format_of, writer
from yiwang.network.audit.outputs.clauses import control_point
from yiwang.network.audit.subject import subjects_in
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import shipped_rules

SARIF = json.loads(Path(__file__).with_name("sarif-2.1.0-used.json").read_text("utf-8"))
SECRET = "s3cr3tw0rd"
SWITCH = f"""version 15.2
hostname =cmd|' /C calc'!A0
boot-start-marker
no aaa new-model
enable password {SECRET}
snmp-server community {SECRET} RW
line con 0
line vty 0 4
 password {SECRET}
 transport input telnet
end
"""


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    (tmp_path / "sw 1.cfg").write_text(SWITCH, encoding="utf-8")
    (tmp_path / "cut.cfg").write_text(SWITCH.removesuffix("end\n"), encoding="gb18030")
    (tmp_path / "notes.txt").write_text("nothing of a device", encoding="utf-8")
    book = shipped_rules()
    return outcome_of(book, Auditor(book, Platforms().all()).audit(subjects_in(tmp_path)))


def test_no_format_holds_a_secret(outcome: Outcome) -> None:
    for format in FORMATS:
        content = writer(format)(outcome)
        if format == "xlsx":
            sheets = openpyxl.load_workbook(BytesIO(content)).worksheets
            content = repr([[cell.value for cell in row] for sheet in sheets for row in sheet.rows]).encode()

        assert SECRET.encode() not in content
        assert b"SNMP-002" in content


def test_json_tells_devices_findings_and_what_was_refused(outcome: Outcome) -> None:
    document = json.loads(writer("json")(outcome))

    assert [each["device"] for each in document["refused"]] == ["notes"]
    by_device = {each["device"]: each for each in document["devices"]}
    assert by_device["sw 1"]["verdicts"]["SNMP-002"] == "fail"
    assert not by_device["cut"]["is_whole"]
    found = next(each for each in document["findings"] if each["rule"] == "SNMP-002")
    assert found["observed"] == "snmp-server community *** RW"
    assert found["line"] == 6


def test_sarif_is_as_its_schema_asks(outcome: Outcome) -> None:
    document = json.loads(writer("sarif")(outcome))

    jsonschema.Draft7Validator(SARIF).validate(document)
    (run,) = document["runs"]
    assert {each["kind"] for each in run["results"]} == {"fail", "open"}
    assert all(run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    prints = [each["partialFingerprints"]["yiwang/v1"] for each in run["results"]]
    assert len(prints) == len(set(prints))


def test_junit_counts_are_those_of_its_cases(outcome: Outcome) -> None:
    document = Xml.fromstring(writer("junit")(outcome))

    suites = {suite.get("name"): suite for suite in document}
    for suite in suites.values():
        assert len(suite) == int(suite.get("tests", ""))
        assert len(suite.findall("*/failure")) == int(suite.get("failures", ""))
    assert suites["notes"].find("testcase/error") is not None
    assert suites["cut"].find("testcase/skipped") is not None


def test_a_spreadsheet_runs_nothing_that_a_device_said(outcome: Outcome) -> None:
    table = list(csv.DictReader(StringIO(writer("csv")(outcome).decode("utf-8-sig"))))
    book = openpyxl.load_workbook(BytesIO(writer("xlsx")(outcome)))

    assert all(not value.startswith(("=", "+", "-", "@")) for row in table for value in row.values())
    assert all(cell.data_type != "f" for sheet in book for row in sheet.rows for cell in row)


def test_the_assessment_sheet_has_a_line_for_each_device_and_rule(outcome: Outcome) -> None:
    use("zh_CN")
    try:
        book = openpyxl.load_workbook(BytesIO(writer("xlsx")(outcome)))
    finally:
        use(None)

    sheet = book["测评表"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[:2] == ["设备", "控制点"]
    assert {"结果", "证据", "整改建议"} <= set(headings)
    assert sheet.max_row - 1 == sum(len(report.verdicts) for report in outcome.reports)


def test_the_page_needs_nothing_from_elsewhere(outcome: Outcome) -> None:
    page = writer("html")(outcome).decode()

    assert "http://" not in page
    assert "https://" not in page
    assert "<script>" in page
    assert "sw 1" in page


def test_a_file_name_tells_the_format_or_is_refused() -> None:
    assert format_of(Path("a.XLSX")) == "xlsx"
    with pytest.raises(UsageError, match="E3612"):
        format_of(Path("report.pdf"))


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["GE0/0/1", "GE0/0/2", "GE0/0/3"], ["GE0/0/1-3"]),
        (["Vlan10", "Vlan20", "Vlan21"], ["Vlan10,20-21"]),
        (["aaa", "aaa", "GE1"], ["aaa", "GE1"]),
        (["x01", "x1"], ["x01", "x1"]),
        (["1", "9", "10"], ["1,9-10"]),
    ],
)
def test_ports_fold_into_ranges(names: list[str], wanted: list[str]) -> None:
    assert folded(names) == wanted


def test_clauses_are_named_after_their_control_points() -> None:
    assert control_point(["8.1.4.1 c", "8.1.4.1 a"]) == "安全计算环境·身份鉴别"
    assert control_point(["7.1.3.5 a"]) == "安全区域边界·安全审计"


def group_of(outcome: Outcome, rule: str) -> Any:
    return next(each for each in outcome.groups if each.example.rule == rule)


def test_the_same_fault_on_two_devices_is_one_group(outcome: Outcome) -> None:
    group = group_of(outcome, "SNMP-002")

    assert list(group.places) == ["cut", "sw 1"]
    assert group.where("sw 1") == "6"
