"""What was collected of an estate's devices is audited with its rules, its waivers and its history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from yiwang.app import App
from yiwang.core.database.connection import open_database
from yiwang.core.evidence import Evidence, Observation, Subject
from yiwang.core.settings import load_settings
from yiwang.network.archive.archive import Archive
from yiwang.network.audit.outcome import Outcome
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

    def collect_of(self, device: str, **texts: str) -> None:
        self._runs += 1
        self.archive.hand_in(f"run-{self._runs}", device, texts)  # type: ignore[arg-type]
        self.archive.take_in()

    def tell(self, device: str, **facts: object) -> None:
        self.evidence.record([Observation(Subject("device", device), "snmp.facts", "pass", facts)])

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


PORT = (
    "frr version 8.4\nhostname {name}\nlog syslog informational\n!\n"
    "interface eth1\n ip address {address}\nexit\n!\nend\n"
)


def verdicts(outcome: Outcome, rule: str) -> dict[str, str]:
    return {report.device: report.verdicts[rule] for report in outcome.reports if rule in report.verdicts}


def test_a_device_is_compared_with_those_that_were_not_selected_too(estate: Estate) -> None:
    estate.collect_of("core-1", running=PORT.format(name="core-1", address="59.215.16.0/31"))
    estate.collect_of("core-2", running=PORT.format(name="core-2", address="59.215.16.0/31"))

    outcome = estate.auditing.estate("core-1", ["FLT-001"])

    ((report, finding, _name),) = outcome.findings()
    assert (report.device, finding.line) == ("core-1", 6)
    assert "core-2 eth1:6" in finding.observed


def test_an_address_that_is_not_the_declared_one_is_found(estate: Estate) -> None:
    estate.collect_of("core-1", running=PORT.format(name="core-1", address="59.215.16.0/31"))
    estate.collect_of("core-2", running=PORT.format(name="core-2", address="59.215.16.9/31"))

    outcome = estate.auditing.estate("", ["FLT-009"])

    assert verdicts(outcome, "FLT-009") == {"core-1": "pass", "core-2": "fail"}


def test_clocks_and_saved_configurations_are_judged_by_what_was_collected(estate: Estate) -> None:
    running = PORT.format(name="core-1", address="59.215.16.0/31")
    estate.collect_of("core-1", running=running, saved=running.replace("eth1", "eth2"))
    estate.collect_of("core-2", running=PORT.format(name="core-2", address="59.215.16.1/31"))
    estate.tell("core-1", clock={"skew_seconds": -97.2})

    outcome = estate.auditing.estate("", ["FLT-012", "FLT-014"])

    assert verdicts(outcome, "FLT-012") == {"core-1": "fail", "core-2": "cannot_tell"}
    assert verdicts(outcome, "FLT-014") == {"core-1": "fail", "core-2": "cannot_tell"}
    unsaved = next(finding for report, finding, _name in outcome.findings() if finding.rule == "FLT-012")
    assert (unsaved.line, unsaved.evidence) == (5, "interface eth1")
    missing = {finding.missing for report, finding, _name in outcome.findings() if report.device == "core-2"}
    assert any("yiwang network facts" in each for each in missing)


def test_a_county_with_one_way_is_found_and_a_waiver_accepts_it(estate: Estate) -> None:
    county = estate.folder / "410621.yaml"
    kept = [line for line in county.read_text("utf-8").split("\n") if "core-2--edge-621" not in line]
    county.write_text("\n".join(kept), "utf-8")
    estate.collect_of("edge-621", running=PORT.format(name="edge-621", address="59.215.16.3/31"))
    before = estate.auditing.estate("", ["FLT-015"])

    (estate.folder / "waivers.yaml").write_text(
        WAIVER.format(seal="null", expires="2099-12-31")
        .replace("MGT-007", "FLT-015")
        .replace("core-1", "edge-621")
        .replace("section: line vty, ", ""),
        encoding="utf-8",
    )
    after = estate.auditing.estate("", ["FLT-015"])

    assert verdicts(before, "FLT-015") == {"edge-621": "fail"}
    assert (before.severities["high"], after.severities.get("high", 0), after.waived) == (1, 0, 1)
