"""The agent answers in the order of the OIDs, and with what is configured."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.engine.agent import Agent
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.mib import IF_TABLE, Mib, Oid, Value, dotted_oid, mib, oid_of
from yiwang.lab.personality.engine.tree import parse
from yiwang.lab.personality.serving import default_configuration

OIDS = st.lists(st.integers(0, 300), min_size=1, max_size=5).map(tuple)


@given(st.sets(OIDS), OIDS)
def test_the_next_object_is_the_first_behind_in_a_sorted_table(known: set[Oid], asked: Oid) -> None:
    table = Mib(tuple(sorted(Value(oid, "integer", "1") for oid in known)))
    behind = sorted(oid for oid in known if oid > asked)

    found, exact = table.after(asked), table.get(asked)

    assert (found.oid if found else None) == (behind[0] if behind else None)
    assert (exact is not None) == (asked in known)


def test_a_walk_meets_every_object_once() -> None:
    table = sample("huawei_vrp")

    met = []
    at: Oid = (1,)
    while value := table.after(at):
        met.append(value.oid)
        at = value.oid

    assert met == sorted({value.oid for value in table.values})


@pytest.mark.parametrize("name", platform_names())
def test_the_interface_table_has_the_configured_names(name: str) -> None:
    text = default_configuration(name)
    configured = [line.removeprefix("interface ") for line in text.splitlines() if line.startswith("interface ")]

    described = [value.text for value in sample(name).values if value.oid[:-1] == (*IF_TABLE, 1, 2)]

    assert sorted(described) == sorted(configured)


def test_a_ports_index_is_its_place_and_does_not_move_when_a_loopback_is_added(tmp_path: Path) -> None:
    own = platform("huawei_vrp")
    device = Device(name="r1", platform="huawei_vrp", state=tmp_path, ports={"GigabitEthernet0/0/2": "ge2"})
    text = "#\ninterface LoopBack0\n#\ninterface GigabitEthernet0/0/2\n shutdown\n#\nreturn\n"

    table = mib(device, own, parse(text, own.comment))

    named = {value.oid[-1]: value.text for value in table.values if value.oid[:-1] == (*IF_TABLE, 1, 2)}
    assert named == {1: "GigabitEthernet0/0/2", 1001: "LoopBack0"}


def test_the_agent_speaks_net_snmps_protocol(tmp_path: Path) -> None:
    device = Device(name="r1", platform="huawei_vrp", state=tmp_path)
    device.running.write_text(default_configuration("huawei_vrp"))
    asked = "PING\ngetnext\n.1.3.6.1.2.1.2\nget\n.1.3.6.1.2.1.2.2.1.2.1\nget\n.1.3.9\nset\n.1.3\ninteger 1\n\n"
    answers = io.StringIO()

    Agent(device, platform("huawei_vrp")).serve(io.StringIO(asked), answers)

    assert answers.getvalue() == (
        "PONG\n.1.3.6.1.2.1.2.1.0\ninteger\n5\n.1.3.6.1.2.1.2.2.1.2.1\nstring\nGigabitEthernet0/0/0\nNONE\nnot-writable\n"
    )


@given(OIDS)
def test_an_oid_is_read_as_it_was_written(oid: Oid) -> None:
    assert oid_of(dotted_oid(oid)) == oid


def sample(name: str) -> Mib:
    own = platform(name)
    device = Device(name="r1", platform=name, state=Path("/nonexistent"))
    return mib(device, own, parse(default_configuration(name), own.comment))
