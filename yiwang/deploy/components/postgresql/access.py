"""Who may do what in the database: roles, databases, and from where each role comes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from yiwang.core.address import IpNetwork
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Secrets
from yiwang.deploy.components.host.peer import addresses, with_role
from yiwang.deploy.components.operations import postgresql
from yiwang.deploy.components.postgresql.verifier import verifier

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model import Node

Identifier = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
Account = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,30}$")]
Extension = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
CLIENT_ROLES = frozenset(("exchange", "console"))
APPLICATION = "application"
"""The tag of nodes on which applications run that use databases of their zone."""

MAP = "services"
"""The list in ``pg_ident.conf`` of accounts whose role has another name."""

MEMBERSHIPS = {
    "own": (),
    "read": ("pg_read_all_data",),
    "write": ("pg_read_all_data", "pg_write_all_data"),
}
"""Access to databases of others → PostgreSQL's own roles that give it; `local` in pg_hba.conf says to which."""


class DatabaseRole(Declared):
    """A role that uses databases."""

    password: SecretRef | None = Field(
        None, description=N_("reference to its password; none: only the node's account of the same name may be it")
    )
    databases: tuple[Identifier, ...] = Field(
        (), description=N_("databases that it may connect to besides those that it owns")
    )
    access: Literal["own", "read", "write"] = Field(
        "own",
        description=N_("own: what it owns or is granted; read, write: everything in the databases it connects to"),
    )
    sources: tuple[IpNetwork, ...] = Field((), description=N_("networks from which it comes; empty: all clients"))
    most_connections: int = Field(-1, ge=-1, description=N_("most connections at once; -1: as many as there are"))


class OneDatabase(Declared):
    """A database."""

    owner: Identifier = Field(description=N_("role that owns it"))
    extensions: tuple[Extension, ...] = Field((), description=N_("extensions that it has"))


class Access(Declared):
    """Roles, databases and clients."""

    roles: dict[Identifier, DatabaseRole] = Field(default_factory=dict, description=N_("roles by name"))
    databases: dict[Identifier, OneDatabase] = Field(default_factory=dict, description=N_("databases by name"))
    services: dict[Account, Identifier] = Field(
        default_factory=dict, description=N_("accounts of the node's own services, and the database that each owns")
    )
    clients: tuple[IpNetwork, ...] = Field(
        (), description=N_("whence roles may connect: exchange, console and application nodes that may reach it")
    )
    allow: tuple[IpNetwork, ...] = Field((), description=N_("networks from which roles may connect besides"))

    @model_validator(mode="after")
    def _names_are_declared(self) -> Self:
        for name, each in self.databases.items():
            if each.owner not in self.roles:
                raise ValueError(f"databases.{name}.owner: {each.owner}")
        for name, role in self.roles.items():
            if unknown := set(role.databases) - set(self.databases):
                raise ValueError(f"roles.{name}.databases: {', '.join(sorted(unknown))}")
        return self


def clients_of(estate: Estate, name: str) -> list[str]:
    """Whence a node's databases are used: application nodes of its zones, and the exchange where policy says so."""
    own = estate.nodes[name]
    zones = set(own.addresses)
    near = [
        node for node in estate.nodes.values() if node is not own and zones & set(node.addresses) and _is_client(node)
    ]
    far = with_role(estate, "exchange") if _may_be_reached(estate, zones) else ()
    return [str(each) for each in addresses(node for node in (*near, *far) if node is not own)]


def _is_client(node: Node) -> bool:
    return not CLIENT_ROLES.isdisjoint(node.roles) or APPLICATION in node.tags


def _may_be_reached(estate: Estate, zones: set[str]) -> bool:
    flows = (flow for zone in estate.zones.values() for flow in zone.may_open)
    return any(flow.to in zones and "tcp/5432" in flow.services for flow in flows)


def role_of(account: str) -> str:
    """The role of a service's account."""
    return account.replace("-", "_")


def rules(spec: Access) -> Iterator[str]:
    """Lines of ``pg_hba.conf`` after those of the node itself: what no line says is refused."""
    for name, role in spec.roles.items():
        owned = [database for database, each in spec.databases.items() if each.owner == name]
        names = ",".join(dict.fromkeys((*owned, *role.databases)))
        if role.password and names:
            for source in role.sources or (*spec.clients, *spec.allow):
                yield f"hostssl {names} {name} {source} scram-sha-256"
            for loopback in ("127.0.0.1/32", "::1/128"):
                yield f"host {names} {name} {loopback} scram-sha-256"
        if names:
            yield f"local {names} {name} {'scram-sha-256' if role.password else 'peer'}"
    for account, database in spec.services.items():
        yield f"local {database} {role_of(account)} peer map={MAP}"


def deploy(spec: Access, secrets: Secrets) -> None:
    """Roles, databases and extensions; what is not declared any more is left, because data cannot be put back."""
    for name, role in spec.roles.items():
        _role(name, role, verifier(name, secrets(role.password)) if role.password else "")
    for account, own in spec.services.items():
        _role(role_of(account), DatabaseRole(), "")
        _database(own, OneDatabase(owner=role_of(account)), [])
    for name, database in spec.databases.items():
        users = [role for role, each in spec.roles.items() if name in each.databases and role != database.owner]
        _database(name, database, users)
        for extension in database.extensions:
            _extension(name, extension)


def _role(name: str, role: DatabaseRole, kept: str) -> None:
    members = MEMBERSHIPS[role.access]
    digest = hashlib.sha256(kept.encode()).hexdigest()
    sql = [f"SELECT 'CREATE ROLE {name}' WHERE to_regrole('{name}') IS NULL \\gexec"]
    password = f"'{kept}'" if kept else "NULL"
    sql.append(
        f"ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
        f"CONNECTION LIMIT {role.most_connections} PASSWORD {password};"
    )
    given = {each for every in MEMBERSHIPS.values() for each in every}
    sql += [f"REVOKE {each} FROM {name};" for each in sorted(given - set(members))]
    sql += [f"GRANT {each} TO {name};" for each in members]
    postgresql.ensure(
        name=_("database role {name}").format(name=name),
        query=ROLE.format(name=name),
        expect=f"true|false|{role.most_connections}|{digest}|{','.join(members)}",
        sql="\n".join(sql),
    )


ROLE = """
SELECT concat_ws('|', rolcanlogin::text, (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication)::text,
    rolconnlimit,
    encode(sha256(coalesce(rolpassword, '')::bytea), 'hex'),
    coalesce((SELECT string_agg(upper.rolname, ',' ORDER BY upper.rolname)
        FROM pg_auth_members JOIN pg_authid upper ON upper.oid = roleid
        WHERE member = own.oid AND upper.rolname LIKE 'pg\\_%\\_all\\_data'), ''))
FROM pg_authid own WHERE rolname = '{name}'
""".strip()


def _database(name: str, database: OneDatabase, users: list[str]) -> None:
    sql = [
        CREATE.format(name=name, owner=database.owner),
        *(f"GRANT CONNECT ON DATABASE {name} TO {each};" for each in users),
    ]
    postgresql.ensure(
        name=_("database {name}").format(name=name),
        query=DATABASE.format(name=name),
        expect=f"{database.owner}|{','.join(sorted({database.owner, *users}))}",
        sql="\n".join(sql),
    )


DATABASE = (
    "SELECT concat_ws('|', pg_get_userbyid(datdba), (SELECT string_agg(DISTINCT coalesce(rolname, 'PUBLIC'), ',') "
    "FROM aclexplode(datacl) LEFT JOIN pg_roles ON grantee = pg_roles.oid)) FROM pg_database WHERE datname = '{name}'"
)
CREATE = """
SELECT 'CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8'''
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
ALTER DATABASE {name} OWNER TO {owner};
SELECT DISTINCT format('REVOKE ALL ON DATABASE {name} FROM %s',
    CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
  WHERE datname = '{name}' AND grantee <> datdba \\gexec
"""


EXTENSION = "SELECT count(*) FROM pg_extension WHERE extname = '{name}'"


def _extension(database: str, extension: str) -> None:
    postgresql.ensure(
        name=_("extension {extension} of database {database}").format(extension=extension, database=database),
        query=EXTENSION.format(name=extension),
        expect="1",
        database=database,
        sql=f'CREATE EXTENSION IF NOT EXISTS "{extension}";',
    )
