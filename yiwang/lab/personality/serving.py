"""The product's fake of a vendor's device: a real sshd on loopback whose shell is the personality."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.core.vault.secret import Secret
from yiwang.core.writing import write_files
from yiwang.lab.personality.catalogue import platform_data
from yiwang.lab.personality.engine.device import Device, hashed

LOOPBACK = "127.0.0.1"
START_SECONDS = 20
HOST_KEY = "host-key"
USER_KEY = "user-key"

NO_SSHD = code(
    "E6401",
    N_("a personality is served by OpenSSH, and {program} is not installed"),
    N_("apt-get install openssh-server openssh-client"),
)
NOT_SERVED = code(
    "E6402",
    N_("sshd did not start on {host}:{port}: {reason}"),
    N_("choose another port with --port, or none for a free one"),
)
NO_SUCH_USER = code(
    "E6403",
    N_('sshd can let nobody in as "{user}" when it is started by {own}'),
    N_("leave out --user; only root can serve another account of this machine"),
)


@dataclass(frozen=True, slots=True)
class Personality:
    """A device that answers: where, for whom, and the private key that opens it."""

    platform: str
    port: int
    user: str
    folder: Path
    host: str = LOOPBACK

    @property
    def key(self) -> Path:
        """The private key of the only user."""
        return self.folder / USER_KEY

    @property
    def host_key(self) -> str:
        """The public host key, as in known_hosts without the host."""
        return (self.folder / f"{HOST_KEY}.pub").read_text("ascii").strip()

    @property
    def running(self) -> str:
        """The configuration in force."""
        return (self.folder / "running.cfg").read_text("utf-8")

    @property
    def saved(self) -> str:
        """The saved configuration; empty when there is none."""
        file = self.folder / "startup.cfg"
        return file.read_text("utf-8") if file.exists() else ""

    @property
    def known_hosts(self) -> Path:
        """A file of known hosts that holds this device only."""
        return self.folder / "known_hosts"

    @property
    def command(self) -> str:
        """The command line that logs in."""
        options = ["-F", "none", "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}"]
        return shlex.join(["ssh", *options, "-p", str(self.port), f"{self.user}@{self.host}"])

    @property
    def netmiko(self) -> dict[str, Any]:
        """Arguments for netmiko's ``ConnectHandler``; it trusts this device's host key only."""
        return {
            "device_type": platform_data(self.platform)["netmiko"],
            "host": self.host,
            "port": self.port,
            "username": self.user,
            "use_keys": True,
            "key_file": str(self.key),
            "ssh_strict": True,
            "alt_host_keys": True,
            "alt_key_file": str(self.known_hosts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fake:
    """What is to be served; without a ``configuration`` a small one of the platform.

    ``enable`` is the password of the privileged view, where the platform has one; ``is_candidate``
    makes a VRP device collect changes until they are committed (VRP 8); port 0 is any free one.
    """

    configuration: str = ""
    hostname: str = ""
    user: str = ""
    port: int = 0
    enable: Secret | None = None
    is_candidate: bool = False


@contextlib.contextmanager
def serve(platform: str, fake: Fake | None = None) -> Iterator[Personality]:
    """A device of a platform on loopback, as long as the context lasts.

    Raises:
        NotFoundError: there is no such platform (E6400).
        UsageError: OpenSSH is missing (E6401), does not start (E6402), or cannot serve the user (E6403).
    """
    wanted = fake or Fake()
    own = pwd.getpwuid(os.geteuid()).pw_name
    user = wanted.user or own
    if os.geteuid() and user != own:
        raise UsageError(NO_SUCH_USER, user=user, own=own)
    folder = Path(tempfile.mkdtemp(prefix="yiwang-personality-"))
    try:
        _prepare(folder, platform, wanted, user)
        with _open(Personality(platform, wanted.port or _free_port(), user, folder), _shell(folder)) as served:
            yield served
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def serve_command(platform: str, command: str) -> Iterator[Personality]:
    """As :func:`serve`, with any command as the shell: for what no personality does, such as breaking off.

    It also lets through to other ports, as a jump host does.
    """
    user = pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="yiwang-personality-"))
    try:
        _make_keys(folder, user)
        with _open(Personality(platform, _free_port(), user, folder), command, AllowTcpForwarding="local") as served:
            yield served
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _open(served: Personality, command: str, **options: str) -> Iterator[Personality]:
    with _served(served.folder, served.port, command, options):
        served.known_hosts.write_text(f"[{LOOPBACK}]:{served.port} {_public(served.folder)}\n", "ascii")
        yield served


def default_configuration(platform: str, hostname: str = "") -> str:
    """The small configuration of a platform that is served when none is given."""
    data = platform_data(platform)
    return str(data["sample"]).replace("{hostname}", hostname or data["hostname"])


def _prepare(folder: Path, platform: str, wanted: Fake, user: str) -> None:
    configuration = wanted.configuration or default_configuration(platform, wanted.hostname)
    device = Device(
        name=wanted.hostname or str(platform_data(platform)["hostname"]),
        platform=platform,
        state=folder,
        account=user,
        is_candidate=wanted.is_candidate,
    )
    files = {
        "running.cfg": configuration,
        "startup.cfg": configuration,
        "device.json": json.dumps(device.document()),
        "platform.json": json.dumps(platform_data(platform), ensure_ascii=False),
    }
    if wanted.enable:
        files["enable"] = hashed(wanted.enable.reveal(), secrets.token_bytes(16))
    write_files({folder / name: text.encode() for name, text in files.items()}, mode=0o600)
    _make_keys(folder, user)


def _make_keys(folder: Path, user: str) -> None:
    for key in (HOST_KEY, USER_KEY):
        _call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / key))
    if not os.geteuid():
        _give(folder, user)


def _give(folder: Path, user: str) -> None:
    for file in (folder, *folder.iterdir()):
        if file.name != HOST_KEY:
            shutil.chown(file, user)


def _public(folder: Path) -> str:
    return " ".join((folder / f"{HOST_KEY}.pub").read_text("ascii").split()[:2])


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not found:
        raise UsageError(NO_SSHD, program=name)
    return found


def _call(program: str, *arguments: str) -> None:
    subprocess.run([_program(program), *arguments], check=True, stdin=subprocess.DEVNULL, timeout=30)


@contextlib.contextmanager
def _served(folder: Path, port: int, command: str, options: Mapping[str, str]) -> Iterator[None]:
    (folder / "sshd_config").write_text(_server_configuration(folder, port, command, options), "utf-8")
    if not os.geteuid():
        # sshd of root looks for the folder of its unprivileged half before it reads a file of ours.
        Path("/run/sshd").mkdir(exist_ok=True)
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [*_dying_with_us(), _program("sshd"), "-D", "-e", "-f", str(folder / "sshd_config")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_served(process, folder, port)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _dying_with_us() -> list[str]:
    """The words before a command that end it when this process is killed, where util-linux is installed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _shell(folder: Path) -> str:
    # The same interpreter, so that nothing else is needed; -E and -s keep the operator's environment out.
    module = "yiwang.lab.personality.engine.shell"
    files = ["--device", str(folder / "device.json"), "--platform", str(folder / "platform.json")]
    return f"exec {shlex.join([sys.executable, '-E', '-s', '-m', module, *files])}"


def _server_configuration(folder: Path, port: int, command: str, more: Mapping[str, str]) -> str:
    options = {
        "ListenAddress": LOOPBACK,
        "Port": port,
        "HostKey": folder / HOST_KEY,
        "AuthorizedKeysFile": folder / f"{USER_KEY}.pub",
        "ForceCommand": command,
        # A bash that sshd starts first reads the operator's own .bashrc, which may take seconds.
        "SetEnv": "SHLVL=2",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "AllowTcpForwarding": "no",
        "X11Forwarding": "no",
        "PrintMotd": "no",
        "PrintLastLog": "no",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "MaxStartups": "200",
        "LogLevel": "INFO",
        **more,
    }
    return "".join(f"{key} {value}\n" for key, value in options.items())


def _wait_until_served(process: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    # Not by connecting: another server may have the port.
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if f"listening on {LOOPBACK} port {port}" in _log(folder):
            return
        time.sleep(0.02)
    reason = _log(folder).strip().partition("\n")[0]
    raise UsageError(NOT_SERVED, host=LOOPBACK, port=port, reason=reason.strip())


def _log(folder: Path) -> str:
    return (folder / "sshd.log").read_text("utf-8", "replace")
