"""OpenSSH reads the configuration, accepts the pinned key and refuses any other."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from yiwang.core.errors import UsageError
from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import Selector, parse_selector

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
ESTATE = """
estate: {{name: e, title: 测试, region: 410600}}
regions: {{'410600': {{title: 鹤壁市, level: city}}}}
nodes:
  front-1:
    region: 410600
    zone: extranet
    roles: [exchange]
    connection: {{host: 127.0.0.1, port: {port}, user: "{user}", host_keys: ["{key}"]}}
"""


def exported(estate: Estate, folder: Path, selector: str = "") -> Path:
    write_files(export_files(FORMATS["ssh"], estate, parse_selector(selector), folder))
    return folder / "config"


def effective(config: Path, name: str) -> dict[str, str]:
    done = subprocess.run(["ssh", "-G", "-F", str(config), name], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


def make_key(file: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return " ".join(file.with_suffix(".pub").read_text().split()[:2])


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """A real sshd on loopback with the host key ``folder/host``; lets ``folder/user`` in."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "ListenAddress": f"127.0.0.1:{port}",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "user.pub",
        "PidFile": "none",
        "UsePAM": "no",
        "StrictModes": "no",
        "PermitRootLogin": "yes",
    }
    (folder / "sshd_config").write_text("".join(f"{key} {value}\n" for key, value in options.items()))
    command = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            _wait_for(port)
            yield port
        finally:
            running.terminate()


def _wait_for(port: int) -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("sshd did not start")


def login(folder: Path, port: int, pinned: str) -> subprocess.CompletedProcess[str]:
    (folder / "estate.yaml").write_text(ESTATE.format(port=port, user=getpass.getuser(), key=pinned))
    config = exported(load(folder / "estate.yaml").require(), folder / "ssh")
    command = ["ssh", "-F", str(config), "-i", str(folder / "user"), "-o", "BatchMode=yes", "front-1", "echo", "in"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_ssh_takes_over_address_port_user_and_bastion(small: Estate, tmp_path: Path) -> None:
    config = exported(small, tmp_path)

    front, bastion = effective(config, "xun-front-1"), effective(config, "bastion-1")

    assert (front["hostname"], front["user"], front["proxyjump"]) == ("59.201.16.10", "ops", "bastion-1")
    assert (bastion["port"], bastion["hostkeyalias"]) == ("2222", "bastion-1")
    assert bastion["stricthostkeychecking"] == "true"
    assert bastion["userknownhostsfile"] == str(tmp_path / "known_hosts")


def test_a_bastion_comes_along_with_the_targets_behind_it(small: Estate, tmp_path: Path) -> None:
    config = exported(small, tmp_path, "name=xun-front-1")

    assert config.read_text().count("\nHost ") == 2


@pytest.mark.skipif(SSHD is None, reason="openssh-server is not installed")
def test_a_server_with_the_pinned_key_is_accepted(tmp_path: Path) -> None:
    key = make_key(tmp_path / "host")
    make_key(tmp_path / "user")

    with server(tmp_path) as port:
        done = login(tmp_path, port, key)

    assert (done.returncode, done.stdout) == (0, "in\n"), done.stderr


@pytest.mark.skipif(SSHD is None, reason="openssh-server is not installed")
def test_a_server_with_another_key_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "host")
    make_key(tmp_path / "user")
    other = make_key(tmp_path / "other")

    with server(tmp_path) as port:
        done = login(tmp_path, port, other)

    assert done.returncode == 255
    assert "Host key verification failed" in done.stderr


@pytest.mark.parametrize("user", ['ops"\n  ProxyCommand touch /tmp/x', "-oProxyCommand=x", 'a"b'])
def test_a_value_that_could_become_an_option_is_refused(tmp_path: Path, user: str) -> None:
    text = ESTATE.format(port=22, user="USER", key="ssh-ed25519 AAAA")
    escaped = user.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    (tmp_path / "estate.yaml").write_text(text.replace("USER", escaped))
    estate = load(tmp_path).require()

    with pytest.raises(UsageError, match="E1203"):
        export_files(FORMATS["ssh"], estate, Selector(), tmp_path)


def test_a_pinned_key_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").write_text(ESTATE.format(port=22, user="ops", key="SHA256:abcdef"))

    with pytest.raises(UsageError, match="E1203"):
        export_files(FORMATS["ssh"], load(tmp_path).require(), Selector(), tmp_path)


def test_ssh_takes_over_a_whole_generated_city(hebi: Estate, tmp_path: Path) -> None:
    config = exported(hebi, tmp_path)

    for name in ("edge-410621", "exchange-410622-1"):
        assert effective(config, name)["proxyjump"] == "bastion-410600-1"
    assert effective(config, "bastion-410600-1").get("proxyjump") is None
    assert config.read_text().count("\nHost ") == len(hebi.nodes) + len(hebi.devices)
