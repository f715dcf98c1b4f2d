"""``log-server``: takes the logs of nodes over TLS (RFC 5425) and of devices, and keeps them as long as the law asks.

Every sender has a folder of its own, by the address it sends from and not by the name it gives itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.log import PORT
from yiwang.deploy.components.host.peer import device_addresses
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.inventory.model.names import Name, Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

HOME = "/etc/yiwang/log-server"
KEEP = "/usr/local/lib/yiwang/keep-logs"
RENEW_SECONDS = 30 * 24 * 3600


class LogKeeping(Declared):
    """Values of ``log-server``."""

    name: Name = Field(description=N_("name that its certificate bears"))
    addresses: tuple[str, ...] = Field(description=N_("addresses that its certificate bears"))
    port: Port = Field(PORT, description=N_("TCP port with TLS"))
    devices_udp: Flag = Field(True, description=N_("whether devices may send over UDP 514, unencrypted"))
    senders: dict[str, str] = Field(default_factory=dict, description=N_("address of each sender, and its name"))
    folder: str = Field("/srv/yiwang/log", pattern=r"^/[\w/.-]+$", description=N_("where logs are kept"))
    days: int = Field(190, ge=180, description=N_("days that logs are kept, by law at least 180"))
    full_percent: int = Field(85, ge=50, le=95, description=N_("how full the disk may be before it is told"))
    certificate: SecretRef | None = Field(
        None, description=N_("reference to its certificate with those above it; default: made on the node")
    )
    private_key: SecretRef | None = Field(None, description=N_("reference to the certificate's private key"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """Whoever names this node as its log target sends; their addresses tell who they are."""
    own = [str(each.ip) for each in estate.nodes[name].addresses.values()]
    return {"name": name, "addresses": own, "senders": dict(_senders(estate))}


def _senders(estate: Estate) -> Iterator[tuple[str, str]]:
    for name, node in estate.nodes.items():
        for each in node.addresses.values():
            yield str(each.ip), name
    for name, device in estate.devices.items():
        for address in device_addresses(device):
            yield str(address), name


def deploy(spec: LogKeeping, secrets: Secrets) -> None:
    """Certificate, receiver, keeping."""
    apt.packages(name=_("packages of the log server"), packages=["openssl", "rsyslog", "rsyslog-gnutls", "zstd"])
    files.directory(name=_("folder of the logs"), path=spec.folder, mode="750", user="root", group="adm")
    files.directory(name=_("folder of the certificate"), path=HOME, mode="700", user="root", group="root")
    certificate = [*_given(spec, secrets)] if spec.certificate and spec.private_key else []
    if not certificate:
        _made(spec)
    senders = written(_("senders of logs"), "log-server/senders.json.j2", f"{HOME}/senders.json", senders=spec.senders)
    receiver = written(
        _("receiver of logs"),
        "log-server/rsyslog.conf.j2",
        "/etc/rsyslog.d/40-yiwang-receive.conf",
        spec=spec,
        home=HOME,
    )
    service.running(
        name=_("receiver of logs in force"),
        service="rsyslog",
        reads=(senders, receiver, Configuration(f"{HOME}/server.pem", receiver.operation), *certificate),
        check="rsyslogd -N1",
        apply="restart",
    )
    _keep(spec)


def _given(spec: LogKeeping, secrets: Secrets) -> Iterator[Configuration]:
    import io

    for reference, file in ((spec.certificate, "server.pem"), (spec.private_key, "server.key")):
        content = io.StringIO(secrets(str(reference)).reveal())
        title = _("certificate of the log server: {file}").format(file=file)
        yield Configuration(f"{HOME}/{file}", files.put(name=title, src=content, dest=f"{HOME}/{file}", mode="600"))


def _made(spec: LogKeeping) -> None:
    """An authority of its own, which the nodes come to trust when they first meet it, and a certificate by it."""
    maker = written(
        _("maker of the certificate"),
        "log-server/make-certificate.j2",
        f"{HOME}/make-certificate",
        mode="700",
        spec=spec,
    )
    command.ensure(
        name=_("certificate of the log server"),
        commands=[f"{HOME}/make-certificate"],
        holds=f"openssl x509 -in {HOME}/server.pem -noout -checkend {RENEW_SECONDS}"
        f" && openssl x509 -in {HOME}/server.pem -noout -checkhost {spec.name} | grep -q 'does match'",
        after=[maker.operation],
        # The authority stays: nodes may trust it already.
        changes=[f"{HOME}/server.key", f"{HOME}/server.pem"],
    )


def _keep(spec: LogKeeping) -> None:
    written(_("keeper of logs"), "log-server/keep-logs.sh", KEEP, mode="755")
    units = [
        written(_("keeper of logs: {file}").format(file=file), f"log-server/{file}.j2", f"/etc/systemd/system/{file}",
                spec=spec, program=KEEP)
        for file in ("yiwang-keep-logs.service", "yiwang-keep-logs.timer")
    ]  # fmt: skip
    service.running(
        name=_("keeper of logs runs"), service="yiwang-keep-logs.timer", reads=tuple(units), apply="restart"
    )


def gates(spec: LogKeeping) -> tuple[Gate, ...]:
    """It listens, and its certificate is good for a month."""
    return (
        Gate("service", {"unit": "rsyslog"}),
        Gate("tcp", {"port": spec.port}),
        Gate("certificate", {"path": f"{HOME}/server.pem", "min_days": 30}),
    )


COMPONENT = Component(
    name="log-server",
    title=N_("log server"),
    spec=LogKeeping,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.3.5", "8.1.4.3", "8.1.5.4"),
)
