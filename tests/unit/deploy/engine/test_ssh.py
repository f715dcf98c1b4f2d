"""The SSH client is started strictly, and without a secret in its words."""

from itertools import pairwise
from pathlib import Path

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import ReachError
from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.engine.ssh import Dialling, client

KEY, PASSWORD = Secret("-----BEGIN KEY-----\nprivate\n"), Secret("p4ss word")
ENDPOINT = Endpoint("node", "10.0.0.1", 2222, "ops", ("ssh-ed25519 AAAA",), private_key=KEY, password=PASSWORD)


@pytest.fixture
def handover() -> Handover:
    """Where secrets are offered."""
    return Handover()


def options(words: tuple[str, ...]) -> dict[str, str]:
    return dict(word.split("=", 1) for before, word in pairwise(words) if before == "-o")


def test_only_the_pinned_key_is_trusted(handover: Handover) -> None:
    given = options(client(ENDPOINT, handover, Dialling(), "true").words)

    assert given["StrictHostKeyChecking"] == "yes"
    assert Path(given["UserKnownHostsFile"]).read_text() == "node ssh-ed25519 AAAA\n"
    assert given["GlobalKnownHostsFile"] == "/dev/null"
    assert given["UpdateHostKeys"] == "no"


def test_no_secret_stands_in_the_words_or_the_environment(handover: Handover) -> None:
    made = client(ENDPOINT, handover, Dialling(), "true")

    shown = " ".join(made.words) + repr(dict(made.environment))
    assert PASSWORD.reveal() not in shown
    assert "private" not in shown


def test_what_is_handed_over_can_be_read_until_it_is_closed(handover: Handover) -> None:
    path = Path(options(client(ENDPOINT, handover, Dialling(), "true").words)["IdentityFile"])

    assert path.read_text() == KEY.reveal()
    assert path.stat().st_mode & 0o777 == 0o600
    handover.close()
    assert not path.exists() or path.read_bytes() != KEY.reveal().encode()


def test_the_password_is_answered_by_a_program_that_is_told_only_its_place(handover: Handover) -> None:
    import subprocess

    made = client(ENDPOINT, handover, Dialling(), "true")

    answer = subprocess.run([made.environment["SSH_ASKPASS"], "?"], env=dict(made.environment), capture_output=True)

    assert answer.stdout == b"p4ss word\n"


def test_a_host_without_a_pinned_key_is_refused(handover: Handover) -> None:
    with pytest.raises(ReachError) as raised:
        client(Endpoint("node", "10.0.0.1"), handover, Dialling(), "true")

    assert raised.value.error.id == "E2003"


def test_a_jump_host_is_checked_as_strictly(handover: Handover) -> None:
    jump = Endpoint("bastion", "10.0.0.9", host_keys=("ssh-ed25519 BBBB",), private_key=KEY)
    inner = Endpoint("inner", "10.0.0.8", host_keys=("ssh-ed25519 CCCC",), private_key=KEY)
    target = Endpoint("node", "10.0.0.1", host_keys=("ssh-ed25519 AAAA",), via=(jump, inner), private_key=KEY)

    proxy = options(client(target, handover, Dialling(), "true").words)["ProxyCommand"]

    assert proxy.count("StrictHostKeyChecking=yes") == 2
    assert "HostKeyAlias=inner" in proxy
    assert "HostKeyAlias=bastion" in proxy
    assert proxy.count("[%h]:%p") == 1
    assert proxy.count("[%%h]:%%p") == 1


def test_warm_connections_differ_by_account_key_and_way(handover: Handover, tmp_path: Path) -> None:
    dialling = Dialling(shared=tmp_path / "warm")
    others = [
        ENDPOINT,
        Endpoint("node", "10.0.0.1", 2222, "root", ("ssh-ed25519 AAAA",)),
        Endpoint("node", "10.0.0.1", 2222, "ops", ("ssh-ed25519 DDDD",)),
        Endpoint("node", "10.0.0.1", 2222, "ops", ("ssh-ed25519 AAAA",), via=(ENDPOINT,)),
    ]

    sockets = {options(client(each, handover, dialling, "true").words)["ControlPath"] for each in others}

    assert len(sockets) == len(others)
    assert (tmp_path / "warm").stat().st_mode & 0o777 == 0o700
