"""What the engine finds in a configuration, and what it says that it cannot tell."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.network.audit.beginning import beginnings
from yiwang.network.audit.engine import Engine
from yiwang.network.audit.program import compiled
from yiwang.network.audit.report import Report
from yiwang.network.audit.section import path_of
from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.line import HEAD
from yiwang.network.configuration.table import grammar_of
from yiwang.network.configuration.tree import read
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import RuleBook, shipped_rules
from yiwang.network.rules.rule import Rule

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
FIXTURES = {"passes": ["x"], "fails": ["y"], "fix": "mend it"}
PIECES = (
    "#", "!", "interface GE0/0/1", " shutdown", "  deep", "banner motd ^C", "^C", "end", "line vty 0 4", "exit",
    " transport input telnet", "router bgp 1", " neighbor 1.1.1.1 remote-as 2", " !", "", "ip access-list extended A",
)  # fmt: skip


@cache
def grammar(platform: str) -> Grammar:
    return grammar_of(Platforms().find(platform))


def engine(*require: dict[str, object], platform: str = "cisco_ios") -> Engine:
    words = {"zh": "甲", "en": "A"}
    check = {"platforms": [platform], "require": list(require), **FIXTURES}
    rule = Rule.model_validate({"title": words, "rationale": words, "severity": "high", "checks": [check]})
    return Engine(compiled(RuleBook({"TST-001": rule}, {}), platform), grammar(platform))


def audit(text: str, *require: dict[str, object], platform: str = "cisco_ios", version: str | None = None) -> Report:
    return engine(*require, platform=platform).audit("r1", text, version=version, is_whole=True)


def places(report: Report) -> list[tuple[int, tuple[str, ...]]]:
    return [(finding.line, finding.section) for finding in report.findings]


def test_a_forbidden_line_is_found_with_its_section() -> None:
    text = "interface Gi0/1\n switchport\n!\nrouter bgp 1\n address-family ipv4\n  bad thing\n"

    report = audit(text, {"must_not": "^bad"})

    assert places(report) == [(6, ("router bgp 1", "address-family ipv4"))]
    assert report.findings[0].evidence == "bad thing"


def test_a_missing_line_is_found_in_each_section_that_lacks_it() -> None:
    text = "line vty 0 4\n login local\nline vty 5 15\n transport input ssh\n login local\nend\n"

    report = audit(text, {"section": "^line vty", "must": "^transport input ssh$"})

    assert places(report) == [(1, ("line vty 0 4",))]


def test_a_rule_without_its_section_does_not_apply_unless_it_says_so() -> None:
    silent = audit("hostname r1\n", {"section": "^line vty", "must": "^x"})
    loud = audit("hostname r1\n", {"section": "^line vty", "must": "^x", "no_section": "fail"})

    assert dict(silent.verdicts) == {}
    assert dict(loud.verdicts) == {"TST-001": "fail"}


def test_conditions_choose_sections_and_devices() -> None:
    requirement = {"section": "^interface", "when": "^access", "unless": "^shutdown", "must": "^guard"}
    text = "interface A\n access\ninterface B\n trunk\ninterface C\n access\n shutdown\n"

    assert places(audit(text, requirement)) == [(1, ("interface A",))]
    assert audit(text, {**requirement, "unless_anywhere": "^trunk"}).findings == ()
    assert audit(text, {**requirement, "when_anywhere": "^nothing"}).verdicts == {}


def test_lines_are_counted() -> None:
    few = audit("ntp server 1\n", {"count": {"of": "^ntp server", "at_least": 2}})
    many = audit("user a\nuser b\nuser c\n", {"count": {"of": "^user", "at_most": 2}})

    assert [finding.absent for finding in few.findings] == ["^ntp server"]
    assert places(many) == [(3, ())]


def test_lines_have_an_order_and_a_last_one() -> None:
    order = {"section": "^acl", "order": {"first": "^deny", "then": "^permit"}}
    last = {"section": "^acl", "last": "^deny any$"}

    assert places(audit("acl A\n permit x\n deny y\n permit z\n", order)) == [(2, ("acl A",))]
    assert audit("acl A\n permit x\n deny any\nother\n", last).verdicts == {"TST-001": "pass"}
    assert audit("acl A\n deny any\n permit x\n", last).verdicts == {"TST-001": "fail"}


def test_names_that_are_used_must_be_defined_and_the_other_way_round() -> None:
    names = {"used": ["^use (\\S+)"], "defined": ["^define (\\S+)"]}
    text = "define A\ndefine B\nuse A\nuse C\n"

    assert places(audit(text, {"names": names})) == [(4, ())]
    assert places(audit(text, {"names": {**names, "wrong": "unused"}})) == [(2, ())]


@pytest.mark.parametrize(
    ("version", "verdict"), [("17.3.1", "pass"), ("15.2(4)E", "fail"), (None, "cannot_tell"), ("16.12", "cannot_tell")]
)
def test_absence_means_what_it_means_on_the_version(version: str | None, verdict: str) -> None:
    missing = {"zh": "看一看", "en": "look at it"}
    absent = [
        {"means": "pass", "from": "17"},
        {"means": "fail", "before": "16"},
        {"means": "cannot_tell", "missing": missing},
    ]

    report = audit("hostname r1\n", {"must": "^x", "absent": absent}, version=version)

    assert report.verdicts == {"TST-001": verdict}
    assert all(finding.missing for finding in report.findings if finding.verdict == "cannot_tell")


def test_what_is_absent_from_a_capture_that_was_cut_off_cannot_be_told() -> None:
    cut = engine({"must": "^x"}, {"section": "^interface", "must": "^y"})

    report = cut.audit("r1", "interface A\n z\ninterface B\n z\n")

    assert [(finding.line, finding.verdict) for finding in report.findings] == [
        (0, "cannot_tell"),
        (1, "fail"),
        (3, "cannot_tell"),
    ]


def test_a_banner_is_no_configuration() -> None:
    report = audit("banner motd #\nbad thing\n#\nhostname r1\n", {"must_not": "^bad"})

    assert report.verdicts == {"TST-001": "pass"}


def test_findings_hold_no_secrets() -> None:
    report = audit("snmp-server community s3cr3tword RW\n", {"must_not": "^snmp-server community"})

    assert report.findings[0].evidence == "snmp-server community *** RW"
    assert "s3cr3tword" not in repr(report.findings[0].evidence) + repr(report.fingerprints)


def test_a_fingerprint_stays_when_lines_move_and_differs_between_places() -> None:
    requirement = {"section": "^interface", "must": "^guard"}
    before = audit("interface A\n x\ninterface B\n x\n", requirement)
    after = audit("hostname r1\n!\ninterface A\n x\n y\ninterface B\n x\n", requirement)

    assert before.fingerprints == after.fingerprints
    assert len(set(before.fingerprints)) == 2


def test_two_secrets_that_are_hidden_alike_are_two_findings() -> None:
    text = "snmp-server community one RW\nsnmp-server community two RW\n"

    report = audit(text, {"must_not": "^snmp-server community"})

    assert len(set(report.fingerprints)) == 2


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_the_engine_and_the_tree_see_the_same_sections(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    made = engine({"must": "^x"})
    tree = read(text, made.grammar)

    marks = made.judge.marks(text.split("\n"))
    for index, shape in enumerate(tree.shapes):
        if shape.text and not any(each.startswith("banner") for each in pieces):
            around = [marks[each].text for each in path_of(marks, index, HEAD)]

            assert tuple(reversed(around)) == tree.path(index)


@given(st.binary(max_size=400), st.sampled_from(("huawei_vrp", "hp_comware", "cisco_ios", "frr", "linux", "zte_zxros")))
def test_nothing_that_a_device_sends_stops_the_engine(content: bytes, platform: str) -> None:
    report = all_rules(platform).audit("r1", content.decode("utf-8", "replace"))

    assert set(report.verdicts.values()) <= {"pass", "fail", "cannot_tell"}


@cache
def all_rules(platform: str) -> Engine:
    return Engine(compiled(shipped_rules(), platform), grammar(platform))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public configurations is not here")
def test_public_configurations_are_judged_by_all_rules() -> None:
    for file in sorted(CORPUS.glob("*/*.cfg")):
        platform = file.parent.name if not file.parent.name.startswith("negative") else "cisco_ios"

        report = all_rules(platform).audit(file.stem, file.read_text("utf-8", "replace"))

        assert len(report.fingerprints) == len(set(report.fingerprints))
        lines = file.read_text("utf-8", "replace").split("\n")
        assert all(0 <= finding.line <= len(lines) for finding in report.findings)


EXPRESSIONS = sorted(
    {
        expression
        for rule in shipped_rules().rules.values()
        for check in rule.checks
        for each in check.require
        for expression in (*each.must, *each.must_not, *each.when, *each.unless)
    }
)


@given(st.sampled_from(EXPRESSIONS), st.data())
def test_a_line_that_an_expression_matches_begins_as_it_must(expression: str, data: st.DataObject) -> None:
    starts = beginnings(expression)
    if starts is None:
        return

    line = data.draw(st.from_regex(re.compile(expression, re.IGNORECASE | re.ASCII)))

    assert line.lower().startswith(tuple(starts))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("^snmp-server host", {"snmp-server host"}),
        ("^(ip finger|service x)", {"ip finger", "service x"}),
        ("^telnet( ipv6)? server", {"telnet"}),
        (r"^ip\.x \d", {"ip.x "}),
        ("^ab?c", {"a"}),
        ("^a|^b", {"a", "b"}),
        ("^a|b", None),
        ("permit", None),
        (r"^\s*x", None),
        ("^(?!no )ip", None),
        ("^[ab]c", None),
    ],
)
def test_beginnings_are_never_too_long(expression: str, wanted: set[str] | None) -> None:
    assert beginnings(expression) == wanted
