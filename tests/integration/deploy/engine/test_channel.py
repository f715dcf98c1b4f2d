"""The connection to a real node: who is trusted, what is handed over, what is said when it fails."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine import ssh
from yiwang.deploy.engine.channel import Channel
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import DeployError, ReachError
from yiwang.deploy.engine.plain import Plain
from yiwang.deploy.engine.reaching import over_ssh, reach
from yiwang.deploy.engine.transport import TIMED_OUT, Transport, digest
from yiwang.lab.fixtures import eventually
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2vq6uIwW5dQyP7rZlJ0tQ8i5hOQ6m1n0aZ3kq4yW5e"
PASSWORD = Secret('it\'s a "long" pass$word')


def error_of(endpoint: Endpoint) -> str:
    with pytest.raises(ReachError) as raised:
        reach(endpoint, over_ssh(ssh.Dialling(connect_seconds=5)), lambda transport: transport.run("true"))
    return raised.value.error.id


# While it reads its configuration anew, sshd does not listen for a moment.
RELOAD = "systemctl reload ssh; sleep 0.5; until ss -ltn | grep -q ':22 '; do sleep 0.1; done"
BEGIN = f"""useradd -m -s /bin/bash keeper && chpasswd
printf 'keeper ALL=(ALL) ALL\\n' >/etc/sudoers.d/trial
printf 'PasswordAuthentication yes\\nMatch User keeper\\n  AuthenticationMethods password\\n' \
    >/etc/ssh/sshd_config.d/00-trial.conf
{RELOAD}"""
END = f"userdel -r keeper 2>/dev/null; rm -f /etc/sudoers.d/trial /etc/ssh/sshd_config.d/00-trial.conf; {RELOAD}"


@pytest.fixture
def account(lab_node: Machine) -> Iterator[str]:
    """An account on the node that logs in and becomes root by password only."""
    lab_node.run("sh", "-c", BEGIN, input=f"keeper:{PASSWORD.reveal()}\n")
    yield "keeper"
    lab_node.run("sh", "-c", END)


def host_of(endpoint: Endpoint) -> str:
    try:
        return reach(endpoint, over_ssh(), lambda transport: transport.run("hostname").out.strip())
    except ReachError as error:
        return str(error)


@pytest.fixture(params=["agent", "plain"])
def transport(request: pytest.FixtureRequest, endpoint: Endpoint) -> Iterator[Transport]:
    """Either transport to the node."""
    opened: Transport = Channel(endpoint) if request.param == "agent" else Plain(endpoint, ssh.Dialling())
    yield opened
    opened.close()


def test_commands_run_as_root_and_their_outputs_come_back_whole(transport: Transport) -> None:
    look = transport.look(["id -u", "printf '\\377\\0x'; echo wrong >&2; exit 3", "printf 'no newline'"])

    assert look.outputs
    assert [each.code for each in look.outputs] == [0, 3, 0]
    assert [each.out for each in look.outputs] == ["0\n", "\udcff\x00x", "no newline"]
    assert look.outputs[1].err == "wrong\n"
    assert look.digest == digest(look.outputs)


def test_outputs_that_are_as_expected_stay_on_the_node(transport: Transport) -> None:
    first = transport.look(["echo 1", "echo 2"])

    second = transport.look(["echo 1", "echo 2"], expect=first.digest)

    assert second.outputs is None
    assert second.digest == first.digest


def test_standard_input_reaches_the_command_and_nothing_else(transport: Transport) -> None:
    done = transport.run("head -c 5; echo; cat | wc -c", stdin=b"12345" + b"x" * 100_000)

    assert done.out.split() == ["12345", "100000"]


def test_a_command_that_takes_too_long_is_ended(transport: Transport) -> None:
    assert transport.run("sleep 30", timeout=0.5).code == TIMED_OUT


def test_a_file_is_written_whole_and_keeps_its_owner_and_mode(transport: Transport) -> None:
    transport.run(
        "rm -f /etc/trial-file; echo old >/etc/trial-file; chown daemon:adm /etc/trial-file; chmod 640 /etc/trial-file"
    )

    transport.put("/etc/trial-file", b"new\0\xff")
    found = transport.get("/etc/trial-file", limit=100)

    assert found
    assert found.content == b"new\0\xff"
    assert transport.run("stat -c '%U %G %a' /etc/trial-file; ls -A /etc | grep -c yiwang-").out.split() == [
        "daemon",
        "adm",
        "640",
        "0",
    ]
    transport.run("rm /etc/trial-file")


def test_a_new_file_has_the_mode_that_is_asked_for(transport: Transport) -> None:
    transport.put("/etc/trial-new", b"x", mode=0o600)
    transport.put("/etc/trial-plain", b"x")

    modes = transport.run("stat -c %a /etc/trial-new /etc/trial-plain; rm /etc/trial-new /etc/trial-plain").out

    assert modes.split() == ["600", "644"]


def test_a_file_behind_a_link_is_written_where_it_is(transport: Transport) -> None:
    transport.run("echo old >/etc/trial-real; ln -sf trial-real /etc/trial-link")

    transport.put("/etc/trial-link", b"new\n")

    assert (
        transport.run("readlink /etc/trial-link; cat /etc/trial-real; rm /etc/trial-link /etc/trial-real").out
        == "trial-real\nnew\n"
    )


def test_a_file_that_cannot_be_written_is_told_with_the_reason(transport: Transport) -> None:
    with pytest.raises(DeployError) as raised:
        transport.put("/proc/trial/file", b"x")

    assert raised.value.error.id == "E2008"


def test_a_file_that_is_not_there_is_none(transport: Transport) -> None:
    assert transport.get("/etc/nowhere", limit=10) is None


def test_only_the_beginning_of_a_large_file_is_read(transport: Transport) -> None:
    transport.run("head -c 5000 /dev/zero >/tmp/large")

    found = transport.get("/tmp/large", limit=10)

    assert found
    assert (len(found.content), found.size) == (10, 5000)


def test_another_host_key_is_refused(endpoint: Endpoint) -> None:
    assert error_of(replace(endpoint, host_keys=(OTHER_KEY,))) == "E2002"


def test_a_node_without_a_pinned_key_is_never_spoken_to(endpoint: Endpoint) -> None:
    assert error_of(replace(endpoint, host_keys=())) == "E2003"


def test_a_refused_account_is_told(endpoint: Endpoint) -> None:
    assert error_of(replace(endpoint, user="nobody-here")) == "E2004"


def test_a_port_where_nobody_listens_is_told(endpoint: Endpoint) -> None:
    assert error_of(replace(endpoint, port=1)) == "E2001"


def test_an_account_that_may_not_become_root_is_told(endpoint: Endpoint, account: str, lab_node: Machine) -> None:
    lab_node.run("rm", "/etc/sudoers.d/trial")

    assert error_of(replace(endpoint, user=account, private_key=None, password=PASSWORD)) == "E2005"


def test_a_wrong_password_is_told(endpoint: Endpoint, account: str) -> None:
    assert error_of(replace(endpoint, user=account, private_key=None, password=Secret("wrong"))) == "E2004"


def test_a_password_opens_the_account_and_sudo(endpoint: Endpoint, account: str) -> None:
    with_password = replace(endpoint, user=account, private_key=None, password=PASSWORD)

    ids = []
    for opened in (Channel(with_password), Plain(with_password, ssh.Dialling())):
        ids.append(opened.run("id -u; cat", stdin=b"mine").out.split())
        opened.close()

    assert ids == [["0", "mine"], ["0", "mine"]]


def test_a_password_that_sudo_does_not_ask_for_is_passed_over(endpoint: Endpoint) -> None:
    opened = Channel(replace(endpoint, password=Secret("unused")))

    done = opened.run("cat", stdin=b"mine")
    opened.close()

    assert done.out == "mine"


def test_jump_hosts_are_as_strict_as_the_target(endpoint: Endpoint, lab_estate: Lab) -> None:
    hosts = {each.host.name: each.host for each in lab_estate.machines if each.host.kind == "node"}
    target = hosts.pop(endpoint.name)
    # From one node to the next the way leads over the routers of the lab, which need a moment to find it.
    first, second = (replace(endpoint, name=h.name, host=h.management, host_keys=(h.host_key,)) for h in hosts.values())
    hops = (first, replace(second, host=hosts[second.name].addresses[0]))
    way = replace(endpoint, host=target.addresses[0], via=hops)

    assert eventually(lambda: host_of(way) == endpoint.name)
    assert error_of(replace(way, via=(replace(hops[0], host_keys=(OTHER_KEY,)), hops[1]))) == "E2002"
    assert error_of(replace(way, via=(hops[0], replace(hops[1], host_keys=(OTHER_KEY,))))) == "E2002"


def test_a_warm_connection_is_used_again_but_not_when_a_fresh_one_is_asked_for(endpoint: Endpoint) -> None:
    folder = Path("/tmp") / f"yw-{os.getpid()}"
    connect = over_ssh(ssh.Dialling(shared=folder, linger_seconds=5))
    as_it_is = replace(endpoint, sudo=False)

    def port(*, fresh: bool) -> str:
        return reach(as_it_is, partial(connect, fresh=fresh), lambda to: to.run("echo $SSH_CONNECTION").out.split()[1])

    first, second, other = port(fresh=False), port(fresh=False), port(fresh=True)

    assert first == second
    assert other != first
    for socket in folder.iterdir():
        subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "x"], capture_output=True, check=False)
    assert eventually(lambda: not any(folder.iterdir()), seconds=10)
    folder.rmdir()


def test_a_folder_of_connections_that_others_can_enter_is_refused(endpoint: Endpoint, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    with pytest.raises(PermissionError):
        Channel(endpoint, ssh.Dialling(shared=tmp_path))


def test_a_node_without_python_is_worked_on_all_the_same(endpoint: Endpoint, lab_node: Machine) -> None:
    lab_node.run("sh", "-c", "mv /usr/bin/python3 /usr/bin/python3.away")
    try:
        outputs = reach(endpoint, over_ssh(), lambda transport: transport.look(["id -u"]).outputs)
    finally:
        lab_node.run("sh", "-c", "mv /usr/bin/python3.away /usr/bin/python3")

    assert outputs
    assert outputs[0].out == "0\n"


def test_no_secret_is_seen_in_the_controllers_processes_or_files(endpoint: Endpoint, account: str) -> None:
    opened = Channel(replace(endpoint, user=account, password=PASSWORD, private_key=None))
    opened.run("true")

    processes = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    seen = b""
    for each in processes:
        try:
            if b"ssh" in (each / "cmdline").read_bytes():
                seen += (each / "cmdline").read_bytes() + (each / "environ").read_bytes()
        except OSError:
            continue
    opened.close()

    assert b"PreferredAuthentications=password" in seen
    assert PASSWORD.reveal().encode() not in seen


def test_a_connection_that_is_lost_is_told(endpoint: Endpoint) -> None:
    opened = Channel(endpoint)
    opened.run("true")

    with pytest.raises(ReachError) as raised:
        opened.run("kill -9 $PPID; sleep 1")
    opened.close()

    assert raised.value.error.id == "E2006"


@pytest.fixture
def agent(lab_estate: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An SSH agent of the caller that holds the operator's key."""
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as running:
        assert eventually(socket.exists, seconds=10)
        monkeypatch.setenv(ssh.AGENT, str(socket))
        subprocess.run(["ssh-add", "-q", lab_estate.folder.operator_key], check=True)
        yield socket
        running.terminate()


def test_the_callers_agent_proves_who_logs_in_where_nothing_is_declared(endpoint: Endpoint, agent: Path) -> None:
    assert host_of(replace(endpoint, private_key=None)) == endpoint.name


def test_the_callers_agent_is_not_asked_where_a_key_is_declared(endpoint: Endpoint, agent: Path) -> None:
    made = Secret(
        subprocess.run(
            ["sh", "-c", "ssh-keygen -q -t ed25519 -N '' -f key && cat key"],
            cwd=agent.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )

    assert error_of(replace(endpoint, private_key=made)) == "E2004"


def test_without_an_agent_the_node_refuses(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ssh.AGENT, raising=False)

    assert error_of(replace(endpoint, private_key=None)) == "E2004"
