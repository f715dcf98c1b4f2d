"""Facts of a real snmpd, the same with either client."""

from __future__ import annotations

from functools import partial

import pytest

from tests.integration.network.snmp.asking import FAST
from tests.integration.network.snmp.conftest import CREDENTIALS, FAULTY, Agent
from yiwang.network.snmp.facts.facts import Facts, Group, Missing
from yiwang.network.snmp.facts.neighbour import Neighbour
from yiwang.network.snmp.facts.reading import read
from yiwang.network.snmp.polling import Manner, Polled, poll
from yiwang.network.snmp.session import Target

both = pytest.mark.parametrize("client", FAST)


def facts(client: str, target: Target, wanted: frozenset[Group] = frozenset(Group)) -> Facts:
    done: list[Polled[Facts]] = []
    poll([target], partial(read, wanted=wanted), Manner(fast=FAST[client]), done.append)
    assert done[0].told, done[0].error
    return done[0].told


@both
@pytest.mark.parametrize("account", ["v2c", "sha256-aes128"])
def test_a_device_tells_its_interfaces_with_counters(agent: Agent, client: str, account: str) -> None:
    told = facts(client, agent.target(CREDENTIALS[account]))

    first, seventh = told.interfaces[0], told.interfaces[6]
    assert len(told.interfaces) == 20
    assert (first.name, first.alias, first.speed_mbps, first.address) == (
        "GE0/0/1",
        "至淇县1",
        10000,
        "00:1b:44:11:3a:01",
    )
    assert (seventh.alias, seventh.speed_mbps, told.interfaces[4].operational) == ("", 1000, "down")
    assert first.counters
    assert seventh.counters
    assert (first.counters.in_octets, first.counters.is_wide) == (2**64 - 1, True)
    assert (seventh.counters.in_octets, seventh.counters.in_errors, seventh.counters.is_wide) == (7000, 7, False)


@both
def test_a_device_tells_neighbours_parts_and_clock(agent: Agent, client: str) -> None:
    told = facts(client, agent.target())

    assert told.neighbours == (Neighbour("GE0/0/3", "", "00:1b:44:aa:bb:cc", "GE0/0/9", "to r1", "r2", "核心路由器"),)
    assert [(part.kind, part.name, part.serial) for part in told.parts] == [
        ("chassis", "chassis 1", "SN123"),
        ("fan", "fan 1", ""),
    ]
    assert told.clock
    assert (told.clock.time.isoformat(), told.clock.skew_seconds) == ("2026-11-22T10:00:00", None)
    assert told.missing == ()


@both
def test_what_a_view_hides_is_missing_and_the_rest_is_told(agent: Agent, client: str) -> None:
    told = facts(client, agent.target(FAULTY["narrow"]))

    assert told.system.name == "r1"
    assert told.missing == tuple(map(Missing, (Group.clock, Group.interfaces, Group.neighbours, Group.parts)))


def test_both_clients_tell_the_same(agent: Agent) -> None:
    fast, slow = (facts(client, agent.target()) for client in ("gufo", "pysnmp"))

    assert (fast.interfaces, fast.neighbours, fast.parts, fast.clock) == (
        slow.interfaces,
        slow.neighbours,
        slow.parts,
        slow.clock,
    )
    assert fast.system.object_id == slow.system.object_id
