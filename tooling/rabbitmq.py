"""A private RabbitMQ node for tests and benchmarks: in a folder of its own, with throw-away certificates."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

PROGRAMS = Path("/usr/lib/rabbitmq/bin")
SERVER_NAME = "broker.example"
READY_SECONDS = 90
MEMORY = "512MiB"

CONFIGURATION = """\
listeners.tcp = none
listeners.ssl.1 = {address}:{port}
ssl_options.cacertfile = {folder}/ca.pem
ssl_options.certfile = {folder}/broker.pem
ssl_options.keyfile = {folder}/broker.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = {only_certificates}
ssl_cert_login_from = common_name
auth_mechanisms.1 = EXTERNAL
auth_mechanisms.2 = PLAIN
heartbeat = 10
consumer_timeout = 14400000
max_message_size = 4194304
vm_memory_high_watermark.absolute = {memory}
disk_free_limit.absolute = 64MiB
log.file.level = warning
"""


def is_installed() -> bool:
    """Whether Debian's package rabbitmq-server is there."""
    return (PROGRAMS / "rabbitmq-server").exists()


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Authority:
    """Signs throw-away certificates."""

    folder: Path
    _key: EllipticCurvePrivateKey = field(init=False, repr=False)
    _certificate: Certificate = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._key = _new_key()
        self._certificate = self._signed("test authority", self._key, is_authority=True)
        self.file.write_bytes(_pem(self._certificate))

    @property
    def file(self) -> Path:
        """The authority's own certificate."""
        return self.folder / "ca.pem"

    def issue(self, name: str, file: str = "") -> tuple[Path, Path]:
        """The files of a new certificate for a name, and of its key."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = _new_key()
        certificate = self.folder / f"{file or name}.pem"
        certificate.write_bytes(_pem(self._signed(name, key)))
        private = certificate.with_suffix(".key")
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, private

    def _signed(self, name: str, key: Any, *, is_authority: bool = False) -> Certificate:
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA256

        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if is_authority else self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(self._key, SHA256())


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _pem(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


class Node:
    """A RabbitMQ node; ``control`` is a program that administers it like ``rabbitmqctl``.

    ``prefix`` comes before its commands, such as those that enter a network namespace.
    """

    def __init__(self, folder: Path, *, address: str = "127.0.0.1", port: int = 0, prefix: Sequence[str] = ()) -> None:
        self.folder = folder
        self.address = address
        self._prefix = list(prefix)
        self.port = port or free_port()
        self.control = folder / "rabbitmqctl"
        self._running: list[subprocess.Popen[bytes]] = []
        self._ports = {"RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(free_port())}
        self._user = "rabbitmq" if os.geteuid() == 0 else None

    @cached_property
    def authority(self) -> Authority:
        """Who signs the certificates; made on first use."""
        return Authority(self.folder)

    @property
    def url(self) -> str:
        """Its address, for the setting ``jobs.broker.url``."""
        return f"amqps://{self.address}:{self.port}/yiwang"

    def settings(self, user: str) -> dict[str, str]:
        """Settings below ``jobs.broker`` for someone who logs in with a certificate."""
        certificate, key = self.folder / f"{user}.pem", self.folder / f"{user}.key"
        if not certificate.exists():
            self.authority.issue(user)
        return {
            "url": self.url,
            "server_hostname": SERVER_NAME,
            "ca": str(self.folder / "ca.pem"),
            "certificate": str(certificate),
            "key": str(key),
        }

    def prepare(self) -> None:
        """Write what the node needs."""
        home = self.folder / "node"
        home.mkdir(mode=0o700)
        for file in (self.authority.file, *self.authority.issue(SERVER_NAME, "broker")):
            shutil.copy(file, home)
        values = {"address": self.address, "port": self.port, "folder": home, "memory": MEMORY}
        (home / "rabbitmq.conf").write_text(CONFIGURATION.format(only_certificates="false", **values))
        (home / "plugins").write_text("[rabbitmq_auth_mechanism_ssl].\n")
        if self._user:
            for path in (home, *home.iterdir()):
                shutil.chown(path, self._user, self._user)
            # The folder above is a private one of whoever runs the tests.
            for above in (self.folder, *self.folder.parents[:2]):
                if above.stat().st_uid == os.geteuid() and above != Path("/tmp"):  # noqa: S108
                    above.chmod(above.stat().st_mode | 0o011)
        variables = " ".join(f"{name}='{value}'" for name, value in self._environment().items())
        command = " ".join([*self._as_user, "env", variables, f"{PROGRAMS}/rabbitmqctl"])
        self.control.write_text(f'#!/bin/sh\ncd /\nexec {command} "$@"\n')
        self.control.chmod(0o755)

    @property
    def _as_user(self) -> list[str]:
        # RabbitMQ does not want to be root.
        return [
            *self._prefix,
            *(["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"] if self._user else []),
        ]

    def _environment(self) -> dict[str, str]:
        home = self.folder / "node"
        return {
            **self._ports,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"yiwang-{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        }

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        # RabbitMQ would start a port mapper that outlives it.
        self._spawn("epmd", "-port", self._ports["ERL_EPMD_PORT"], "-address", "127.0.0.1")
        server = self._spawn(str(PROGRAMS / "rabbitmq-server"))
        until = time.monotonic() + READY_SECONDS
        while not self._answers():
            if server.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"RabbitMQ did not start; see {self.folder}/server.log")
            time.sleep(0.2)

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        variables = [f"{name}={value}" for name, value in self._environment().items()]
        with (self.folder / "server.log").open("ab") as log:
            started = subprocess.Popen(
                [*self._as_user, "env", *variables, *command], cwd="/", stdout=log, stderr=log, start_new_session=True
            )
        self._running.append(started)
        return started

    @property
    def groups(self) -> list[int]:
        """The process groups of what runs."""
        return [process.pid for process in self._running]

    def _answers(self) -> bool:
        probe = f"exec 3<>/dev/tcp/{self.address}/{self.port}"
        command = [*self._prefix, "timeout", "2", "bash", "-c", probe]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def call(self, *arguments: str, input: str = "") -> str:
        """What ``rabbitmqctl`` answers."""
        answer = subprocess.run(
            [str(self.control), "-q", *arguments], input=input, capture_output=True, text=True, check=False, timeout=60
        )
        if answer.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def kill(self) -> None:
        """End the server at once, as a power cut would, with everything it started."""
        while self._running:
            process = self._running.pop()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
