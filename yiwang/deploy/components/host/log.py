"""Logs: kept on the node, and sent to the log servers over TLS."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from pyinfra.operations import files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Gate, Secrets
from yiwang.deploy.components.host.peer import address_for
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate
from yiwang.inventory.model.names import Port

Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]
TRUSTED = "/etc/yiwang/log"
PORT = 6514
MEET = "/usr/local/lib/yiwang/meet-log-servers"
MEETING = "yiwang-meet-log-servers.service"


class LogServer(Declared):
    """A server that takes logs."""

    name: Address = Field(description=N_("name in its certificate"))
    address: Address = Field(description=N_("address by which this node reaches it"))
    port: Port = Field(PORT, description=N_("TCP port with TLS"))


class Logs(Declared):
    """What happens to logs."""

    log_servers: tuple[LogServer, ...] = Field((), description=N_("servers that all logs are sent to, over TLS"))
    log_authority: SecretRef | None = Field(
        None,
        description=N_(
            "reference to the certificate that vouches for the log servers; default: the one they show first"
        ),
    )
    log_days: int = Field(190, ge=180, description=N_("days that logs are kept, by law at least 180"))
    journal_mib: int = Field(2048, ge=64, description=N_("most that the journal takes on the disk, in MiB"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The declared log targets, as this node reaches them."""
    targets = [each for each in estate.nodes[name].log if each != name]
    return {"log_servers": [{"name": each, "address": address_for(estate, name, each)} for each in targets]}


def deploy(spec: Logs, secrets: Secrets) -> None:
    """journald, rsyslog, rotation."""
    journal = written(
        _("journal"), "baseline/journald.conf.j2", "/etc/systemd/journald.conf.d/50-yiwang.conf", spec=spec
    )
    service.running(name=_("journal in force"), service="systemd-journald", reads=(journal,), apply="restart")
    written(_("rotation of logs"), "baseline/logrotate.j2", "/etc/logrotate.d/rsyslog", days=spec.log_days)
    if spec.log_authority:
        _trust(spec, secrets(spec.log_authority).reveal())
    sending = written(
        _("logs to the log servers"),
        "baseline/rsyslog.conf.j2",
        "/etc/rsyslog.d/50-yiwang-send.conf",
        servers=spec.log_servers,
        trusted=TRUSTED,
    )
    service.running(name=_("log service"), service="rsyslog", reads=(sending,), check="rsyslogd -N1", apply="restart")
    if spec.log_servers and not spec.log_authority:
        _meet(spec)


def _trust(spec: Logs, authority: str) -> None:
    """Believe those whom the estate's authority vouches for."""
    import io

    for target in spec.log_servers:
        title = _("certificate of the log server {name}").format(name=target.name)
        files.put(name=title, src=io.StringIO(authority), dest=f"{TRUSTED}/{target.name}.pem", mode="644")


def _meet(spec: Logs) -> None:
    """Believe what each log server shows first, whenever that is: it may be made after this node."""
    program = written(
        _("how the log servers are met"),
        "baseline/meet-log-servers.j2",
        MEET,
        mode="755",
        servers=spec.log_servers,
        trusted=TRUSTED,
    )
    unit = written(
        _("when the log servers are met"), f"baseline/{MEETING}.j2", f"/etc/systemd/system/{MEETING}", program=MEET
    )
    service.running(
        name=_("log servers are met"),
        service=MEETING,
        reads=(program, unit),
        confirm=" && ".join(f"openssl x509 -in {TRUSTED}/{each.name}.pem -noout" for each in spec.log_servers),
        # A server that does not answer holds nothing up: the unit goes on asking, and a gate wants the answer.
        apply=f"sh -c 'timeout 10 systemctl restart {MEETING} || true'",
    )


def gates(spec: Logs) -> tuple[Gate, ...]:
    """What is logged arrives."""
    return tuple(Gate("log-received", {"via": each.name}) for each in spec.log_servers)
