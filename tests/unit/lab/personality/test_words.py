"""Typed lines are completed as vendors complete them, and mistakes are pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.lab.personality.catalogue import platform
from yiwang.lab.personality.engine.edit import Reading, read, read_undo
from yiwang.lab.personality.engine.words import Match, Mistake, resolve

VRP = platform("huawei_vrp")
COMMANDS = [each.say for each in VRP.commands]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dis cur", "display current-configuration"),
        ("dis cur int gi0/0/1", "display current-configuration interface GigabitEthernet0/0/1"),
        ("DISPLAY Version", "display version"),
        ("scr 0 t", "screen-length 0 temporary"),
        ("sys", "system-view"),
    ],
)
def test_commands_may_be_abbreviated(typed: str, meant: str) -> None:
    found = resolve(typed, COMMANDS, VRP.names)

    assert isinstance(found, Match)
    assert found.line == meant


@pytest.mark.parametrize(
    ("typed", "fault", "column"),
    [
        ("frobnicate", "unknown", 0),
        ("display frobnicate", "unknown", 8),
        ("display", "incomplete", 8),
        ("s", "ambiguous", 0),
        ("display current-configuration interface", "incomplete", 40),
    ],
)
def test_mistakes_name_the_fault_and_its_place(typed: str, fault: str, column: int) -> None:
    found = resolve(typed, COMMANDS, VRP.names)

    assert isinstance(found, Mistake)
    assert (found.fault, found.column) == (fault, column)


@pytest.mark.parametrize(
    ("name", "views", "typed", "meant", "depth"),
    [
        ("huawei_vrp", ("system",), "int 10ge1/0/1", "interface 10GE1/0/1", 1),
        ("huawei_vrp", ("system", "interface"), "ip add 192.0.2.1 30", "ip address 192.0.2.1 255.255.255.252", 2),
        ("huawei_vrp", ("system", "interface"), "int lo 0", "interface LoopBack0", 1),
        ("huawei_vrp", ("system", "ospf"), "area 1", "area 0.0.0.1", 2),
        ("hp_comware", ("system",), "int t1/0/1", "interface Ten-GigabitEthernet1/0/1", 1),
        ("cisco_ios", ("system",), "int gi 0/1", "interface GigabitEthernet0/1", 1),
        ("cisco_ios", ("system", "interface"), "desc a line", "description a line", 2),
        ("ruijie_os", ("system",), "int gi 0/1", "interface GigabitEthernet 0/1", 1),
        ("ruijie_os", ("system",), "interface GigabitEthernet0/1", "interface GigabitEthernet 0/1", 1),
        ("zte_zxros", ("system",), "interface gei-0/1/0/1", "interface gei-0/1/0/1", 1),
    ],
)
def test_configuration_lines_are_read_in_the_innermost_view_that_knows_them(
    name: str, views: tuple[str, ...], typed: str, meant: str, depth: int
) -> None:
    assert read(typed, views, platform(name)) == Reading(depth, meant)


def test_the_beginning_of_a_line_is_enough_to_undo_it() -> None:
    found = read_undo("ip add", ("system", "interface"), VRP)

    assert isinstance(found, list)
    assert found[0] == Reading(2, "ip address")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_pointed_at(typed: str) -> None:
    line = typed.strip()
    found = resolve(line, COMMANDS, VRP.names)

    assert isinstance(found, Match) or 0 <= found.column <= len(line) + 1
