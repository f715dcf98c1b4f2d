"""Many devices at once: the dead are told, and delay nobody."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from tests.integration.network.snmp.asking import FAST
from tests.integration.network.snmp.conftest import CREDENTIALS, FAULTY, Agent, Rogue
from yiwang.network.snmp.facts.facts import Facts
from yiwang.network.snmp.facts.reading import read
from yiwang.network.snmp.polling import Manner, Polled, poll
from yiwang.network.snmp.session import Session, Target
from yiwang.network.snmp.writing import WriteAttempt, try_to_write

both = pytest.mark.parametrize("client", FAST)
only_system = partial(read, wanted=frozenset())


@both
def test_exactly_the_dead_are_reported_and_the_living_do_not_wait_for_them(agent: Agent, client: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dead = Target("", "127.0.0.1", silent.getsockname()[1], CREDENTIALS["v2c"], timeout_seconds=1, attempts=2)
        living = agent.target()
        targets = [replace(dead, name=f"dead-{number}") for number in range(6)]
        targets += [replace(living, name=f"living-{number}") for number in range(54)]
        done: list[Polled[Facts]] = []

        poll(targets, only_system, Manner(at_once=12, fast=FAST[client]), done.append)

    assert {each.device for each in done if each.error} == {f"dead-{number}" for number in range(6)}
    assert {each.error.error.id for each in done if each.error} == {"E3301"}
    assert len(done) == 60
    assert done[0].told


@both
def test_a_device_that_never_ends_is_left_at_the_ceiling(rogue: Callable[..., Rogue], client: str) -> None:
    slow = rogue(lambda _request: [])
    done: list[Polled[Facts]] = []

    poll([slow.target(attempts=9, wait=1)], only_system, Manner(ceiling_seconds=0.5, fast=FAST[client]), done.append)

    assert done[0].error
    assert done[0].error.error.id == "E3311"


def test_a_fault_of_ours_is_the_devices_error_and_the_others_are_asked(agent: Agent) -> None:
    async def fails_on_one(session: Session, target: Target) -> Facts:
        if target.name == "odd":
            raise KeyError("1.3.6")
        return await only_system(session, target)

    done: list[Polled[Facts]] = []

    poll([replace(agent.target(), name="odd"), agent.target()], fails_on_one, Manner(), done.append)

    assert {each.device: each.error.error.id if each.error else "" for each in done} == {"odd": "E3313", "r1": ""}


@both
@pytest.mark.parametrize(
    ("account", "verdict"),
    [(CREDENTIALS["v2c"], "refused"), (CREDENTIALS["sha256-aes128"], "refused"), (FAULTY["writer"], "accepted")],
)
def test_writing_shows_who_may_only_read(agent: Agent, client: str, account: object, verdict: str) -> None:
    done: list[Polled[WriteAttempt]] = []

    poll([agent.target(account)], try_to_write, Manner(fast=FAST[client]), done.append)  # type: ignore[arg-type]

    assert done[0].told
    assert done[0].told.verdict == verdict
    assert len(done[0].told.objects) == 3
