"""Both clients give the same answers, and the ones that the device holds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.network.snmp.asking import FAST, asked
from tests.integration.network.snmp.conftest import CREDENTIALS, EXTENDED, INTERFACE, NAME, ODD, Agent

HELD: dict[str, Any] = {
    "1.1": b"hello",
    "1.2": "郑州核心".encode("gbk"),
    "1.5": b"",
    "1.9": bytes(range(128, 160)),
    "2.1": 2**64 - 1,
    "2.2": 2**32 - 1,
    "2.3": 2**32 - 1,
    "2.4": -(2**31),
    "2.5": 123456,
    "3.1": "1.3.6.1.4.1.2011.2.224.1",
    "3.2": "10.1.2.3",
    "3.3": "0.0",
}

both = pytest.mark.parametrize("client", FAST)
everyone = pytest.mark.parametrize("account", CREDENTIALS)


@both
@everyone
def test_odd_values_are_got_as_the_device_holds_them(agent: Agent, client: str, account: str) -> None:
    oids = [f"{ODD}.{place}" for place in HELD]

    found = asked(client, agent.target(CREDENTIALS[account]), lambda session: session.get(oids))

    assert found == dict(zip(oids, HELD.values(), strict=True))


@both
@everyone
def test_odd_values_are_walked_as_the_device_holds_them(agent: Agent, client: str, account: str) -> None:
    columns = [f"{ODD}.{number}" for number in (1, 2, 3)]

    table = asked(client, agent.target(CREDENTIALS[account]), lambda session: session.walk(columns))

    walked = {
        f"{column[len(ODD) + 1 :]}.{index}": value for column in columns for index, value in table[column].items()
    }
    assert walked == HELD


@both
def test_an_object_that_is_not_there_is_left_out(agent: Agent, client: str) -> None:
    found = asked(client, agent.target(), lambda session: session.get([NAME, f"{ODD}.1.3", f"{ODD}.7.7"]))

    assert found == {NAME: b"r1"}


@both
def test_nothing_at_all_is_an_empty_answer(agent: Agent, client: str) -> None:
    found = asked(client, agent.target(), lambda session: session.get([f"{ODD}.7.7"]))

    assert found == {}


@both
def test_columns_with_holes_keep_their_holes(agent: Agent, client: str) -> None:
    columns = [f"{INTERFACE}.2", f"{EXTENDED}.18", f"{EXTENDED}.6", f"{INTERFACE}.99"]

    names, aliases, counters, none = asked(client, agent.target(), lambda session: session.walk(columns)).values()

    assert list(names) == [str(index) for index in range(1, 21)]
    assert list(aliases) == [index for index in names if int(index) % 7]
    assert counters["3"] == 2**64 - 3
    assert none == {}


@both
def test_the_last_table_of_a_view_is_whole(agent: Agent, client: str) -> None:
    narrow = agent.target(CREDENTIALS["v2c"])

    table = asked(client, narrow, lambda session: session.walk(["1.3.6.1.6.3.16.1.5.2.1.6", "1.3.6.1.6.3.99"]))

    assert table["1.3.6.1.6.3.99"] == {}
    assert len(table["1.3.6.1.6.3.16.1.5.2.1.6"]) >= 1
