"""Each failure has its own code, with either client."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.network.snmp.asking import FAST, asked
from tests.integration.network.snmp.conftest import CREDENTIALS, FAULTY, NAME, ODD, Agent, Rogue, free_port
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.session import Target

both = pytest.mark.parametrize("client", FAST)
CODES = {
    "community": "E3301",
    "pass phrase": "E3302",
    "unknown": "E3303",
    "privacy": "E3304",
    "no access": "E3306",
    "level": "E3306",
}


@both
@pytest.mark.parametrize("fault", CODES)
def test_a_wrong_account_is_told_apart(agent: Agent, client: str, fault: str) -> None:
    target = agent.target(FAULTY[fault], attempts=2)

    with pytest.raises(SnmpError) as raised:
        asked(client, target, lambda session: session.get([NAME]))

    assert raised.value.error.id == CODES[fault]


@both
def test_a_wrong_account_is_told_apart_in_a_walk_too(agent: Agent, client: str) -> None:
    with pytest.raises(SnmpError) as raised:
        asked(client, agent.target(FAULTY["no access"]), lambda session: session.walk([f"{ODD}.1"]))

    assert raised.value.error.id == "E3306"
    assert "authorizationError" in raised.value.message


@both
def test_no_device_is_no_answer(client: str) -> None:
    target = Target("r9", "127.0.0.1", free_port(), CREDENTIALS["v2c"], timeout_seconds=0.2, attempts=2)

    with pytest.raises(SnmpError) as raised:
        asked(client, target, lambda session: session.get([NAME]))

    assert raised.value.error.id == "E3301"


@both
def test_a_secret_is_in_no_error(agent: Agent, client: str) -> None:
    with pytest.raises(SnmpError) as raised:
        asked(client, agent.target(FAULTY["pass phrase"]), lambda session: session.get([NAME]))

    shown = f"{raised.value!r} {raised.value} {raised.value.values} {raised.value.advice}"
    assert "not-hers" not in shown
    assert "alice" in shown


@both
def test_an_answer_from_another_address_is_not_believed(agent: Agent, rogue: Callable[..., Rogue], client: str) -> None:
    multihomed = rogue(lambda request: [answered(agent, request)], elsewhere="127.0.0.2")

    with pytest.raises(SnmpError) as raised:
        asked(client, multihomed.target(), lambda session: session.get([NAME]))

    assert raised.value.error.id == "E3308"
    assert "127.0.0.2" in raised.value.message


def answered(agent: Agent, request: bytes) -> bytes:
    """What the real device answers."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.sendto(request, ("127.0.0.1", agent.port))
        return asking.recv(65535)


@both
def test_a_lost_request_is_asked_again(agent: Agent, rogue: Callable[..., Rogue], client: str) -> None:
    heard: list[bytes] = []

    def every_second(request: bytes) -> list[bytes]:
        heard.append(request)
        return [answered(agent, request)] if len(heard) % 2 == 0 else []

    found = asked(client, rogue(every_second).target(attempts=3), lambda session: session.get([NAME]))

    assert found == {NAME: b"r1"}
    assert len(heard) == 2
