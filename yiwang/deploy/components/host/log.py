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
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate
from yiwang.inventory.model.names import Port

Address = Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]
TRUSTED = "/etc/yiwang/log"
PORT = 6514

# The certificates that the server shows; the last one is what it leans on.
SHOWN = "openssl s_client -connect {address}:{port} -showcerts </dev/null 2>/dev/null"
TRIES = 24
PAUSE_SECONDS = 5
LAST = (
    'awk \'/BEGIN CERT/ { text = "" } { text = text $0 "\\n" } /END CERT/ { last = text } END { printf "%s", last }\''
)


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
    for target in spec.log_servers:
        _trust(target, spec, secrets)
    sending = written(
        _("logs to the log servers"),
        "baseline/rsyslog.conf.j2",
        "/etc/rsyslog.d/50-yiwang-send.conf",
        servers=spec.log_servers,
        trusted=TRUSTED,
    )
    service.running(name=_("log service"), service="rsyslog", reads=(sending,), check="rsyslogd -N1", apply="restart")


def _trust(target: LogServer, spec: Logs, secrets: Secrets) -> None:
    """Whom to believe that it is the log server: the estate's authority, or what the server showed the first time."""
    path = f"{TRUSTED}/{target.name}.pem"
    title = _("certificate of the log server {name}").format(name=target.name)
    if spec.log_authority:
        import io

        content = secrets(spec.log_authority).reveal()
        files.put(name=title, src=io.StringIO(content), dest=path, mode="644")
        return
    shown = SHOWN.format(address=target.address, port=target.port)
    command.ensure(
        name=title,
        commands=[
            f"mkdir -p {TRUSTED}",
            # The log server may be made in the same wave: it is waited for.
            f"for again in $(seq {TRIES}); do {shown} | {LAST} >{path}.new; "
            f"openssl x509 -in {path}.new -noout && break; sleep {PAUSE_SECONDS}; done",
            f"openssl x509 -in {path}.new -noout",
            f"mv {path}.new {path}",
        ],
        holds=f"openssl x509 -in {path} -noout",
    )


def gates(spec: Logs) -> tuple[Gate, ...]:
    """What is logged arrives."""
    return tuple(Gate("log-received", {"via": each.name}) for each in spec.log_servers)
