"""Connecting: the pinned key or nothing, and what went wrong is told apart."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.network.collect.dial import Dialler
from yiwang.network.collect.faults import ReachError
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.session import open_session
from yiwang.network.collect.way import Hop
from yiwang.network.platforms.catalogue import Platforms

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
QUICK = Pace(connect=5, silence=20)


@pytest.fixture
def dialler() -> Iterator[Dialler]:
    made = Dialler()
    yield made
    made.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and says nothing, as a device does that is about to die."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"host_keys": (OTHER_KEY,)}, "E3011"),
        ({"host_keys": ()}, "E3012"),
        ({"private_key": None}, "E3014"),
        ({"private_key": None, "password": Secret("wrong")}, "E3013"),
        ({"user": "nobody-of-that-name"}, "E3013"),
        ({"private_key": Secret("no key at all")}, "E3010"),
        ({"port": 1}, "E3010"),
    ],
)
def test_each_reason_not_to_get_in_has_its_own_code(
    scripted: Callable[..., Any], hop: Callable[..., Hop], dialler: Dialler, change: dict[str, Any], code: str
) -> None:
    target = replace(hop(scripted("exit")), **change)

    with pytest.raises(ReachError) as caught:
        dialler.dial((target,), QUICK)

    assert caught.value.error.id == code
    assert "wrong" not in str(caught.value)


def test_with_another_key_no_password_is_sent(
    scripted: Callable[..., Any], hop: Callable[..., Hop], dialler: Dialler
) -> None:
    server = scripted("exit")

    with pytest.raises(ReachError):
        dialler.dial((hop(server, host_keys=(OTHER_KEY,), password=Secret("never sent")),), QUICK)

    assert "Failed" not in (server.folder / "sshd.log").read_text()


def test_a_device_that_takes_connections_and_says_nothing_is_given_up(silent_port: int, dialler: Dialler) -> None:
    target = Hop("dead", "127.0.0.1", silent_port, "yiwang", (OTHER_KEY,), password=Secret("x"))

    with pytest.raises(ReachError) as caught:
        dialler.dial((target,), Pace(connect=0.5, silence=0.5))

    assert caught.value.error.id == "E3010"


def test_devices_behind_a_bastion_share_one_connection_to_it(
    scripted: Callable[..., Any], hop: Callable[..., Hop], dialler: Dialler, platforms: Platforms
) -> None:
    bastion, behind = scripted("exit"), scripted("printf '\\nr1#'; sleep 5")
    way = (replace(hop(bastion), name="bastion"), hop(behind))

    for _time in range(2):
        session = open_session(dialler.dial(way, QUICK), way[-1], _unprepared(platforms), QUICK)
        assert session.device_name == "r1"
        session.disconnect()

    log = (bastion.folder / "sshd.log").read_text()
    assert log.count("Accepted publickey") == 1


def test_a_bastion_that_was_restarted_is_connected_anew(
    scripted: Callable[..., Any], hop: Callable[..., Hop], dialler: Dialler
) -> None:
    way = (replace(hop(scripted("exit")), name="bastion"), hop(scripted("exit")))
    dialler.dial(way, QUICK).close()
    dialler.close()

    dialler.dial(way, QUICK).close()


def test_a_bastion_with_another_key_lets_nobody_through(
    scripted: Callable[..., Any], hop: Callable[..., Hop], dialler: Dialler
) -> None:
    way = (replace(hop(scripted("exit")), name="bastion", host_keys=(OTHER_KEY,)), hop(scripted("exit")))

    with pytest.raises(ReachError) as caught:
        dialler.dial(way, QUICK)

    assert caught.value.error.id == "E3011"
    assert caught.value.values["name"] == "bastion"


def _unprepared(platforms: Platforms) -> Any:
    found = platforms.find("cisco_ios")
    return found.model_copy(update={"commands": found.commands.model_copy(update={"prepare": ()})})
