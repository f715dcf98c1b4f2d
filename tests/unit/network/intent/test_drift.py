"""Drift is what differs in meaning: sections, order where it counts, and no secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.core.vault.secret import Secret
from yiwang.network.intent.drift import Drift, drift_of
from yiwang.network.intent.remediation import remediation
from yiwang.network.intent.service import Intended
from yiwang.network.intent.table import table_of
from yiwang.network.platforms.catalogue import Platforms

Build = Callable[[str], Intended]
PLATFORMS = Platforms()
VRP = """#
sysname edge
#
acl number 2001
 rule 5 permit source 10.0.0.1 0
 rule 10000 deny
#
interface GigabitEthernet0/0/0
 description to core
 ip address 10.0.0.2 255.255.255.252
#
info-center loghost 10.0.0.9
#
snmp-agent usm-user v3 yiwang authentication-mode sha2-256 cipher <vault:snmp/auth>
#
undo telnet server enable
#
user-interface vty 0 4
 acl 2001 inbound
 protocol inbound ssh
#
return
"""
IOS = """hostname edge
!
ip access-list extended FROM-EXTRANET
 deny tcp any any eq 445
 permit tcp any any established
 deny ip any any log
!
end
"""


def compare(rendered: str, running: str, name: str = "huawei_vrp") -> Drift:
    platform = PLATFORMS.find(name)
    return drift_of("edge", rendered, running, platform, table_of(platform, name))


def remedy(drift: Drift, name: str = "huawei_vrp") -> list[str]:
    return list(remediation(drift, table_of(PLATFORMS.find(name), name)))


def test_what_was_rendered_does_not_differ_from_itself(platform: str, intended: Build) -> None:
    build = intended(platform)

    drift = build.drift("core-1", build.text("core-1"))

    assert drift.differences == ()
    assert drift.is_whole


def test_nor_from_itself_with_its_secrets(platform: str, intended: Build) -> None:
    build = intended(platform)
    text = build.text("core-1")
    running = text.replace("<vault:bgp/county>", "%^%#k3y%^%#").replace("<vault:network/ospf-key>", "0822455D0A16")

    assert build.drift("core-1", running).differences == ()


def test_every_line_that_is_taken_out_is_missed(platform: str, intended: Build) -> None:
    build = intended(platform)
    lines = build.text("core-1").split("\n")
    governed = [place for place, line in enumerate(lines) if line.lstrip().startswith(("description", "ntp", "ip add"))]

    for place in governed:
        drift = build.drift("core-1", "\n".join(lines[:place] + lines[place + 1 :]))
        (only,) = drift.differences
        assert only.kind == "missing"
        assert only.typed[0].strip() == lines[place].strip()
    assert governed


def test_a_changed_line_is_one_difference_with_its_place() -> None:
    (only,) = compare(VRP, VRP.replace("to core", "to nobody")).differences

    assert (only.kind, only.line) == ("changed", 9)
    assert only.section == ("interface GigabitEthernet0/0/0",)
    assert only.intended == ("description to core",)
    assert only.running == ("description to nobody",)


def test_order_of_sections_and_comments_and_line_ends_mean_nothing() -> None:
    head, *rest = VRP.removesuffix("#\nreturn\n").split("#\n")[1:]
    turned = "!Software Version V200R010\r\n#\n" + "#\n".join([*reversed(rest), head]) + "#\nreturn\n"

    assert compare(VRP, turned.replace("\n", "\r\n")).differences == ()


def test_order_counts_where_the_first_match_decides() -> None:
    swapped = IOS.replace(" deny tcp any any eq 445\n", "").replace(" deny ip", " deny tcp any any eq 445\n deny ip")

    drift = compare(IOS, swapped, "cisco_ios")

    assert [each.kind for each in drift.differences] == ["order"]
    assert remedy(drift, "cisco_ios") == [
        "no ip access-list extended FROM-EXTRANET",
        "ip access-list extended FROM-EXTRANET",
        " deny tcp any any eq 445",
        " permit tcp any any established",
        " deny ip any any log",
    ]


def test_sequence_numbers_that_newer_releases_show_mean_nothing() -> None:
    numbered = (
        IOS.replace(" deny tcp", " 10 deny tcp").replace(" permit", " 20 permit").replace(" deny ip", " 30 deny ip")
    )

    assert compare(IOS, numbered, "cisco_ios").differences == ()


def test_what_has_to_go_goes_before_what_has_to_come() -> None:
    running = (
        VRP.replace("loghost 10.0.0.9", "loghost 10.9.9.9")
        .replace("rule 5 permit source 10.0.0.1 0", "rule 5 permit source 10.0.0.0 0.255.255.255")
        .replace("undo telnet server enable", "telnet server enable")
        .replace(" acl 2001 inbound\n", "")
    )

    assert remedy(compare(VRP, running)) == [
        "acl number 2001",
        " undo rule 5",
        " rule 5 permit source 10.0.0.1 0",
        "undo info-center loghost 10.9.9.9",
        "undo telnet server enable",
        "info-center loghost 10.0.0.9",
        "user-interface vty 0 4",
        " acl 2001 inbound",
    ]


def test_a_section_that_is_missing_comes_whole_and_its_secret_as_a_reference() -> None:
    without = VRP.replace("interface GigabitEthernet0/0/0\n description to core\n", "interface X\n").replace(
        "snmp-agent usm", "# "
    )

    lines = remedy(compare(VRP, without))

    at = lines.index("interface GigabitEthernet0/0/0")
    assert lines[at + 1 : at + 3] == [" description to core", " ip address 10.0.0.2 255.255.255.252"]
    assert any("<vault:snmp/auth>" in line for line in lines)


def test_a_port_that_nobody_intends_is_shut_down_and_one_that_is_already_is_left() -> None:
    used = "interface GigabitEthernet0/0/7\n ip address 1.2.3.4 255.255.255.0\n#\n"
    unused = "interface GigabitEthernet0/0/8\n shutdown\n#\ninterface GigabitEthernet0/0/9\n#\n"

    drift = compare(VRP, VRP.replace("info-center", f"{used}{unused}info-center"))

    assert remedy(drift) == ["interface GigabitEthernet0/0/7", " shutdown"]


def test_what_the_estate_says_nothing_about_is_counted_and_left_alone() -> None:
    drift = compare(VRP, VRP.replace("#\nsysname", "#\nset cpu-usage threshold 80\nsysname"))

    assert (drift.differences, drift.others) == ((), 1)


def test_no_secret_of_the_running_configuration_is_shown() -> None:
    running = VRP.replace("<vault:snmp/auth>", "Plain-Secret-1").replace("yiwang auth", "other auth")

    drift = compare(VRP, running.replace("#\nundo", "snmp-agent community read cipher Plain-Secret-2\n#\nundo"))

    assert drift.differences
    assert "Plain-Secret" not in repr(drift)
    assert "Plain-Secret" not in "\n".join(remedy(drift))


def test_a_configuration_that_is_cut_off_is_told_as_such() -> None:
    assert not compare(VRP, VRP.removesuffix("return\n")).is_whole


@pytest.mark.parametrize("name", ["huawei_vrp", "hp_comware", "cisco_ios", "frr", "zte_zxros"])
@given(text=st.text(max_size=400) | st.lists(st.sampled_from(VRP.split("\n") + IOS.split("\n"))).map("\n".join))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_is_too_odd_to_be_compared(name: str, text: str) -> None:
    drift = compare(VRP, text, name)

    assert isinstance(remedy(drift, name), list)


def test_the_typed_form_is_compared_like_the_shown_one(intended: Build) -> None:
    build = intended("huawei_vrp")
    running = build.typed("core-1", lambda _path: Secret("Some-Key-1")).reveal()

    assert build.drift("core-1", running).differences == ()


def test_what_a_device_brings_from_the_factory_is_no_difference() -> None:
    factory = " accounting-scheme default\n domain default\n"
    ours = VRP.replace("#\nundo", "#\naaa\n authentication-scheme default\n#\nundo")

    assert compare(ours, ours.replace("scheme default\n", f"scheme default\n{factory}")).differences == ()
