"""What was collected of an estate's devices is audited with its rules, its waivers and its history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yiwang.app import App
from yiwang.core.database.connection import open_database
from yiwang.core.evidence import Evidence, Subject
from yiwang.core.settings import load_settings
from yiwang.network.archive.archive import Archive
from yiwang.network.audit.service import Auditing, Sources

BASE = Path(__file__).parents[2] / "inventory" / "base"
VTY = "line vty\n exec-timeout 0 0\n!\n"
FRR = "frr version 8.4\nhostname core-1\nlog syslog informational\n!\n{vty}end\n"
WAIVER = """
waivers:
  timeout:
    {{rule: MGT-007, select: core-1, section: line vty, seal: {seal}, reason: 演练, compensation: 现场值守,
     owner: 网络科, author: 张三, approver: 李四, expires: {expires}}}
"""


class Estate:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "estate"
        shutil.copytree(BASE, self.folder)
        self.archive = Archive(folder / "archive")
        self.database = open_database(f"sqlite:///{folder / 'yiwang.db'}")
        self._settings = load_settings([f"cache_folder={folder / 'cache'}"], environ={})
        self._runs = 0

    def collect(self, text: str) -> None:
        self._runs += 1
        self.archive.hand_in(f"run-{self._runs}", "core-1", {"running": text})
        self.archive.take_in()

    def waive(self, seal: str, expires: str = "2099-12-31") -> None:
        (self.folder / "waivers.yaml").write_text(WAIVER.format(seal=f'"{seal}"', expires=expires), encoding="utf-8")

    @property
    def auditing(self) -> Auditing:
        app = App(self._settings)
        sources = Sources(lambda: app.load_estate(self.folder), lambda: self.archive, lambda: self.evidence)
        return Auditing(self.folder, sources)

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.database)


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


def fingerprint(estate: Estate, rule: str) -> str:
    outcome = estate.auditing.estate("core-1", (), record=False)
    return next(each for _report, finding, each in outcome.findings() if finding.rule == rule)


def test_a_planted_fault_is_found_with_its_line_and_is_evidence(estate: Estate) -> None:
    estate.collect(FRR.format(vty=VTY))

    outcome = estate.auditing.estate("core-1", ())

    (report,) = outcome.reports
    assert [finding.line for finding in report.findings if finding.rule == "MGT-007"] == [6]
    (seen,) = estate.evidence.latest(Subject("device", "core-1"), kind="audit")
    assert seen.verdict == "fail"
    assert seen.detail["verdicts"]["fail"] == len([each for each in report.verdicts.values() if each == "fail"])


def test_a_device_that_was_not_collected_is_named_and_not_passed(estate: Estate) -> None:
    outcome = estate.auditing.estate("core-1", ())

    assert [each.device for each in outcome.refused] == ["core-1"]
    assert outcome.reports == ()


def test_a_waiver_closes_a_finding_and_a_change_of_its_section_reopens_it(estate: Estate) -> None:
    estate.collect(FRR.format(vty=VTY))
    name = fingerprint(estate, "MGT-007")
    auditing = estate.auditing
    _report, _place, seal = auditing.sealed(auditing.estate("", (), record=False), name)

    estate.waive(seal)
    waived = estate.auditing.estate("core-1", ())
    estate.collect(FRR.format(vty=VTY.replace("!\n", " no login\n!\n")))
    changed = estate.auditing.estate("core-1", ())

    assert waived.is_waived(name)
    assert not changed.is_waived(name)
    assert changed.acceptances[name].void != ""
    assert changed.severities["medium"] == waived.severities["medium"] + 1


def test_a_waiver_that_expired_closes_nothing(estate: Estate) -> None:
    estate.collect(FRR.format(vty=VTY))
    name = fingerprint(estate, "MGT-007")
    auditing = estate.auditing
    seal = auditing.sealed(auditing.estate("", (), record=False), name)[2]

    estate.waive(seal, expires="2020-01-31")

    assert not estate.auditing.estate("core-1", ()).is_waived(name)


def test_findings_are_new_persisting_fixed_and_reopened(estate: Estate) -> None:
    estate.collect(FRR.format(vty=""))
    estate.auditing.estate("core-1", ())

    estate.collect(FRR.format(vty=VTY))
    came = estate.auditing.estate("core-1", ())
    stayed = estate.auditing.estate("core-1", ())
    estate.collect(FRR.format(vty=""))
    went = estate.auditing.estate("core-1", ())
    estate.collect("!\n" + FRR.format(vty=VTY))
    back = estate.auditing.estate("core-1", ())

    name = next(each for _report, finding, each in came.findings() if finding.rule == "MGT-007")
    assert (came.states[name], stayed.states[name], back.states[name]) == ("new", "persisting", "reopened")
    assert ("core-1", "MGT-007") in went.fixed


def test_an_audit_by_some_rules_says_nothing_of_the_others(estate: Estate) -> None:
    estate.collect(FRR.format(vty=VTY))
    estate.auditing.estate("core-1", ())

    some = estate.auditing.estate("core-1", ("LOG",))
    again = estate.auditing.estate("core-1", ())

    assert some.fixed == ()
    assert set(again.states.values()) == {"persisting"}


def test_rules_of_the_estate_add_disable_and_weigh(estate: Estate) -> None:
    estate.collect(FRR.format(vty=VTY))
    folder = estate.folder / "audit" / "rules"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(
        "title: {zh: 本市, en: Ours}\ndisable: {LOG-004: 不需要}\nseverity: {MGT-007: critical}\n"
        "rules:\n  CITY-001:\n    title: {zh: 甲, en: A}\n    rationale: {zh: 乙, en: B}\n    severity: low\n"
        "    checks: [{platforms: [frr], require: [{must: '^service x'}], fix: service x,"
        " passes: [service x], fails: [hostname r]}]\n",
        encoding="utf-8",
    )

    outcome = estate.auditing.estate("core-1", ())

    (report,) = outcome.reports
    assert report.verdicts["CITY-001"] == "fail"
    assert "LOG-004" not in report.verdicts
    assert outcome.book.disabled == {"LOG-004": "不需要"}
    assert outcome.severities["critical"] >= 1
