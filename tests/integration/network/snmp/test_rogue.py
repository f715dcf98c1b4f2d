"""Whatever a device sends, asking it ends with values or with an error that has a code."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from tests.integration.network.snmp.asking import FAST, asked
from tests.integration.network.snmp.conftest import CREDENTIALS, NAME, Agent, Answer, Rogue
from tests.integration.network.snmp.test_failures import answered
from yiwang.network.snmp.facts.facts import Facts
from yiwang.network.snmp.facts.reading import read
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.polling import Manner, Polled, poll

SYSTEM = "1.3.6.1.2.1.1"
NAME_OCTETS = bytes.fromhex("06082b06010201010500")
VALUE = b"\x04\x01x"
both = pytest.mark.parametrize("client", FAST)


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    return bytes([tag, size] if size < 128 else [tag, 0x82, size >> 8, size & 255]) + content


def parts(octets: bytes) -> list[bytes]:
    """The contents of the elements of a BER sequence's content."""
    found = []
    while octets:
        size, at = octets[1], 2
        if size & 128:
            size, at = int.from_bytes(octets[2 : 2 + (size & 127)], "big"), 2 + (size & 127)
        found.append(octets[at : at + size])
        octets = octets[at + size :]
    return found


def reply(request: bytes, name: bytes = NAME_OCTETS, value: bytes = VALUE, *, status: int = 0) -> bytes:
    """A well-formed answer of version 2c with one value."""
    _version, community, pdu = parts(parts(request)[0])
    binds = tlv(0x30, tlv(0x30, name + value))
    number = tlv(2, parts(pdu)[0])
    body = number + tlv(2, bytes([status])) + tlv(2, bytes([1 if status else 0])) + binds
    return tlv(0x30, tlv(2, b"\1") + tlv(4, community) + tlv(0xA2, body))


GARBAGE: dict[str, Answer] = {
    "only ones": lambda _request: [b"\xff" * 64],
    "one octet": lambda _request: [b"0"],
    "cut off": lambda request: [reply(request)[:-3]],
    "the request": lambda request: [request],
    "another version": lambda request: [request[:4] + b"\x07" + request[5:]],
    "an unknown tag": lambda request: [reply(request, value=b"\x5f\x02aa")],
    "half an address": lambda request: [reply(request, value=b"\x40\x03abc")],
    "endless length": lambda _request: [b"\x30\x84\xff\xff\xff\xff" + b"\0" * 40],
    "deep nesting": lambda _request: [b"\x30\x80" * 700],
}


@both
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_told_as_such(rogue: Callable[..., Rogue], client: str, garbage: str) -> None:
    target = rogue(GARBAGE[garbage]).target()

    with pytest.raises(SnmpError) as raised:
        asked(client, target, lambda session: session.get([NAME]))

    assert raised.value.error.id == "E3307"


@both
@pytest.mark.parametrize(("status", "code"), [(5, "E3309"), (16, "E3306"), (13, "E3309")])
def test_an_error_in_the_middle_of_a_walk_is_not_its_end(
    rogue: Callable[..., Rogue], client: str, status: int, code: str
) -> None:
    asked_for: list[bytes] = []

    def fails_after_the_first(request: bytes) -> list[bytes]:
        asked_for.append(request)
        return [reply(request, status=0 if len(asked_for) == 1 else status)]

    with pytest.raises(SnmpError) as raised:
        asked(client, rogue(fails_after_the_first).target(), lambda session: session.walk([SYSTEM]))

    assert raised.value.error.id == code


@both
def test_a_device_that_repeats_itself_is_left(rogue: Callable[..., Rogue], client: str) -> None:
    with pytest.raises(SnmpError) as raised:
        asked(client, rogue(lambda request: [reply(request)]).target(), lambda session: session.walk([SYSTEM]))

    assert raised.value.error.id == "E3310"


@both
def test_a_late_answer_to_another_request_is_not_taken(rogue: Callable[..., Rogue], client: str) -> None:
    def first_an_old_one(request: bytes) -> list[bytes]:
        fresh = reply(request, value=b"\x04\x03new")
        number = tlv(2, parts(parts(parts(request)[0])[2])[0])
        stale = reply(request, value=b"\x04\x03old").replace(number, tlv(2, b"\x11" * (len(number) - 2)), 1)
        return [stale, fresh]

    found = asked(client, rogue(first_an_old_one).target(), lambda session: session.get([NAME]))

    assert found == {NAME: b"new"}


@both
@pytest.mark.parametrize("account", ["v2c", "sha256-aes128"])
def test_damaged_answers_end_neither_the_poll_nor_another_device(
    agent: Agent, rogue: Callable[..., Rogue], client: str, account: str
) -> None:
    chance = random.Random(20261122)
    credential = CREDENTIALS[account]

    def damaged(request: bytes) -> list[bytes]:
        octets = bytearray(answered(agent, request))
        for _time in range(chance.randint(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        return [bytes(octets[: chance.randint(len(octets) // 2, len(octets) + 1)])]

    rogues = [rogue(damaged).target(credential, attempts=2, wait=0.05) for _each in range(30)]
    done: list[Polled[Facts]] = []

    poll(
        [*rogues, agent.target(credential)],
        partial(read, wanted=frozenset()),
        Manner(at_once=8, fast=FAST[client]),
        done.append,
    )

    told = {each.device: each.told for each in done if each.told}
    assert told["r1"].system.name == "r1"
    assert len(done) == 31
    assert not [each.error for each in done if each.error and each.error.error.id == "E3313"]


@both
def test_values_of_types_that_were_not_expected_make_no_facts_and_no_fault(
    rogue: Callable[..., Rogue], client: str
) -> None:
    target = rogue(lambda request: [reply(request, value=b"\x40\x04\x0a\x01\x02\x03")]).target()
    done: list[Polled[Facts]] = []

    poll([target], partial(read, wanted=frozenset()), Manner(fast=FAST[client]), done.append)

    assert done[0].told
    assert done[0].told.system.name == "10.1.2.3"
