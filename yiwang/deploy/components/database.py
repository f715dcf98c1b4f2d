"""``database``: PostgreSQL with TLS, for whom the estate says, sized to the node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.address import IpAddress
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Flag
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components import backup, exchange
from yiwang.deploy.components.operations import certificate, postgresql, service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.deploy.components.postgresql import access, tuning

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

VERSION = 15
UNIT = f"postgresql@{VERSION}-main"
FOLDER = f"/etc/postgresql/{VERSION}/main"
PORT = 5432
ARCHIVE = f"/var/lib/postgresql/{VERSION}/archive"
ARCHIVER = "/usr/local/lib/yiwang/keep-changes"
PLACE = certificate.Place("/etc/yiwang/database", owner="postgres")

# Nothing waits for a restart, and every line of its files was understood.
IN_FORCE = (
    "SELECT NOT EXISTS (SELECT FROM pg_settings WHERE pending_restart) "
    "AND NOT EXISTS (SELECT FROM pg_hba_file_rules WHERE error IS NOT NULL) "
    "AND NOT EXISTS (SELECT FROM pg_file_settings WHERE error IS NOT NULL)"
)
ASKED = f'{postgresql.CLIENT.format(database="postgres")} -c "{IN_FORCE}" | grep -qx t'


class Database(access.Access, tuning.Tuning):
    """The values of the component."""

    name: str = Field(
        "localhost", pattern=r"^[A-Za-z0-9.-]+$", description=N_("name in the certificate that the node makes")
    )
    listen: tuple[IpAddress, ...] = Field(
        (), description=N_("own addresses on which it answers; empty: only programs of the node itself")
    )
    certificate: SecretRef | None = Field(
        None,
        description=N_("reference to its certificate with those that vouch for it; none: the node makes one itself"),
    )
    private_key: SecretRef | None = Field(None, description=N_("reference to the certificate's private key"))
    archive: Flag = Field(
        False, description=N_("keep every change (WAL) for the backup; true where the node is backed up")
    )
    audit: tuple[Literal["read", "write", "function", "role", "ddl", "misc"], ...] = Field(
        ("role", "ddl"), description=N_("what is written to the log of every session, in the words of pgaudit")
    )


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """What follows from the estate: an exchange or console node's database is for itself alone."""
    own = estate.nodes[name]
    is_server = "database" in own.roles
    return {
        "name": name,
        "listen": [str(each.ip) for each in own.addresses.values()] if is_server else [],
        "memory_percent": 100 if is_server else 50,
        # Kept and never fetched, the changes would fill the disk.
        "archive": backup.place_of(estate, name) is not None,
        "services": {exchange.ACCOUNT: exchange.DATABASE} if "exchange" in own.roles else {},
        "clients": access.clients_of(estate, name) if is_server else [],
    }


def deploy(spec: Database, secrets: Secrets) -> None:
    """Packages, certificate, settings; then roles and databases, which need the server."""
    _packages()
    service.running(
        name=_("database service"),
        service=UNIT,
        reads=(*_settings(spec), *_certificate(spec, secrets)),
        check=READABLE,
        confirm=ASKED,
        apply=APPLY,
    )
    access.deploy(spec, secrets)


def _packages() -> None:
    apt.packages(
        name=_("what creates database clusters"), packages=["postgresql-common", "openssl"], no_recommends=True
    )
    # The first cluster is made when the server is installed, in the language of whoever installs it.
    written(
        _("how database clusters are created"),
        "database/createcluster.conf",
        "/etc/postgresql-common/createcluster.conf",
    )
    packages = [f"postgresql-{VERSION}", f"postgresql-client-{VERSION}", f"postgresql-{VERSION}-pgaudit"]
    apt.packages(name=_("database packages"), packages=packages, no_recommends=True)


def _settings(spec: Database) -> Iterator[Configuration]:
    files.directory(name=_("folder of kept changes"), path=ARCHIVE, user="postgres", group="postgres", mode="700")
    written(_("program that keeps changes"), "database/keep-changes", ARCHIVER, mode="755")
    yield written(
        _("database settings"),
        "database/postgresql.conf.j2",
        f"{FOLDER}/conf.d/50-yiwang.conf",
        spec=spec,
        settings=tuning.settings_of(spec),
        place=PLACE,
        archiver=ARCHIVER,
        port=PORT,
    )
    yield written(
        _("who may connect to the database"),
        "database/pg_hba.conf.j2",
        f"{FOLDER}/pg_hba.conf",
        mode="640",
        owner="postgres",
        group="postgres",
        rules=list(access.rules(spec)),
    )
    yield written(
        _("which accounts are which database role"),
        "database/pg_ident.conf.j2",
        f"{FOLDER}/pg_ident.conf",
        mode="640",
        owner="postgres",
        group="postgres",
        roles={account: access.role_of(account) for account in spec.services},
        map=access.MAP,
    )


def _certificate(spec: Database, secrets: Secrets) -> tuple[Configuration, ...]:
    if spec.certificate and spec.private_key:
        return certificate.given(PLACE, spec.certificate, spec.private_key, secrets)
    return certificate.own(PLACE, spec.name, tuple(map(str, spec.listen)))


PROGRAM = f"/usr/lib/postgresql/{VERSION}/bin/postgres"
READABLE = f"cd / && runuser -u postgres -- {PROGRAM} -D {FOLDER} -C max_connections"
# Most settings need no more than a reload, and a restart cuts every client off.
APPLY = f"sh -c 'systemctl reload {UNIT} && sleep 1; {ASKED} || systemctl restart {UNIT}'"


def gates(spec: Database) -> tuple[Gate, ...]:
    """It answers, at its addresses and for each database, and its certificate holds."""
    return (
        Gate("service", {"unit": UNIT}),
        *(Gate("tcp", {"port": PORT, "host": str(each)}) for each in spec.listen),
        *(Gate("postgresql", {"database": each}) for each in spec.databases or ("postgres",)),
        Gate("certificate", {"path": PLACE.certificate}),
    )


COMPONENT = Component(
    name="database",
    title=N_("database"),
    spec=Database,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.1", "8.1.4.2", "8.1.4.3", "8.1.4.7", "8.1.4.8", "8.1.4.9"),
)
