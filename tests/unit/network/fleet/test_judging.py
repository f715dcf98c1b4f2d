"""Fleet rules: what is compared is what rules may ask for, and fixtures prove the lines that are found."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from yiwang.network.audit.auditor import Auditor
from yiwang.network.audit.engine import Engine
from yiwang.network.audit.outcome import outcome_of
from yiwang.network.audit.program import compiled
from yiwang.network.audit.service import Auditing, Sources
from yiwang.network.audit.subject import subjects_in
from yiwang.network.configuration.table import grammar_of
from yiwang.network.fleet.fixture import tried
from yiwang.network.fleet.judging import ALONE, WITH_ESTATE
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import RuleBook, shipped_rules
from yiwang.network.rules.requirement import Comparison

PORT = "version 15.2\nhostname {name}\ninterface GigabitEthernet0/1\n ip address {address} 255.255.255.252\n!\nend\n"


def offline(folder: Path) -> Auditing:
    def none() -> None:
        raise AssertionError("an offline audit asks for no estate")

    return Auditing(None, Sources(none, none, none))  # type: ignore[arg-type]


def write(folder: Path, **addresses: str) -> None:
    for name, address in addresses.items():
        (folder / f"{name}.cfg").write_text(PORT.format(name=name, address=address), encoding="utf-8")


def test_every_comparison_that_a_rule_may_name_is_there() -> None:
    assert {*ALONE, *WITH_ESTATE} == set(get_args(Comparison))
    assert not ALONE.keys() & WITH_ESTATE.keys()


def test_every_comparison_has_a_rule() -> None:
    asked = {each.fleet for rule in shipped_rules().rules.values() for check in rule.checks for each in check.require}

    assert asked - {None} == {*ALONE, *WITH_ESTATE}


def test_a_fixture_whose_line_is_not_marked_does_not_pass_for_right() -> None:
    platforms, book = Platforms().all(), shipped_rules()
    alone = RuleBook({"FLT-001": book.rules["FLT-001"]}, book.sources)
    engine = Engine(compiled(alone, "cisco_ios"), grammar_of(platforms["cisco_ios"]))
    check = book.rules["FLT-001"].check_for("cisco_ios")
    assert check is not None

    got = tried(engine, check.fails[0].replace(" ← here", "", 1), platforms)

    assert tried(engine, check.fails[0], platforms) == "fail"
    assert got == "a:2, b:2"


def test_an_address_on_two_devices_is_found_on_both_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, one="10.0.0.1", two="10.0.0.1", three="10.0.0.5")

    outcome = offline(tmp_path).files(tmp_path, ["FLT-001"])

    found = [(report.device, each.line, each.section) for report, each, _name in outcome.findings()]
    assert found == [
        ("one", 4, ("interface GigabitEthernet0/1",)),
        ("two", 4, ("interface GigabitEthernet0/1",)),
    ]
    assert [report.verdicts["FLT-001"] for report in outcome.reports] == ["fail", "pass", "fail"]


def test_a_finding_keeps_its_name_when_the_other_device_moves(tmp_path: Path) -> None:
    write(tmp_path, one="10.0.0.1", two="10.0.0.1")
    before = [name for _report, each, name in offline(tmp_path).files(tmp_path, ["FLT-001"]).findings()]
    (tmp_path / "two.cfg").rename(tmp_path / "zwei.cfg")

    after = [name for _report, each, name in offline(tmp_path).files(tmp_path, ["FLT-001"]).findings()]

    assert before[0] == after[0]
    assert before[1] != after[1]


def test_rules_that_need_an_estate_do_not_apply_to_a_folder(tmp_path: Path) -> None:
    write(tmp_path, one="10.0.0.1")

    outcome = offline(tmp_path).files(tmp_path, ["FLT"])

    assert "FLT-009" not in outcome.reports[0].verdicts
    assert outcome.reports[0].verdicts["FLT-001"] == "pass"


def test_without_fleet_rules_reports_stay_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, one="10.0.0.1")
    auditing = offline(tmp_path)
    book = auditing.book.chosen(["MGT"])

    plain = outcome_of(book, Auditor(book, auditing.platforms.all()).audit(subjects_in(tmp_path)))

    assert auditing.files(tmp_path, ["MGT"]).reports[0].fingerprints == plain.reports[0].fingerprints
