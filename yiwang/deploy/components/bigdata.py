"""``bigdata``: keeps data sets as files, for whom the estate says, over SFTP and nothing else.

SFTP is what Debian has that needs no more than a key, encrypts, and writes down who took or left which file;
NFS trusts addresses, and Debian 12 has no object store.  It is an SSH server of its own beside the one by
which the node is managed: its accounts see their data and no shell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator
from pyinfra.operations import apt, files, server

from yiwang.core.address import IpAddress, IpNetwork
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.backup import HostKey
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.model.names import Name, Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

GROUP = "yiwang-data"
HOME = "/etc/yiwang/bigdata"
UNIT = "yiwang-data"
PORT = 2022

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]


class DataUser(Declared):
    """Somebody who takes or leaves files; its account is called data-NAME."""

    keys: tuple[HostKey, ...] = Field((), description=N_("public SSH keys"))
    node: Name | None = Field(None, description=N_("node that comes in with its own host key, once the estate pins it"))
    sources: tuple[IpNetwork, ...] = Field(
        (), description=N_("networks from which it comes; empty: wherever the firewall allows")
    )


class DataSet(Declared):
    """A folder of files."""

    writers: tuple[Word, ...] = Field((), description=N_("users who leave and take files"))
    readers: tuple[Word, ...] = Field((), description=N_("users who only take files"))


class BigData(Declared):
    """Values of ``bigdata``."""

    addresses: tuple[IpAddress, ...] = Field((), description=N_("own addresses on which it answers"))
    port: Port = Field(PORT, description=N_("TCP port"))
    folder: str = Field("/srv/yiwang/data", pattern=r"^/[\w/.-]+$", description=N_("where the data sets are"))
    users: dict[Word, DataUser] = Field(default_factory=dict, description=N_("who may come in, by name"))
    sets: dict[Word, DataSet] = Field(default_factory=dict, description=N_("data sets by name"))
    node_keys: dict[str, tuple[HostKey, ...]] = Field(
        default_factory=dict, description=N_("pinned host keys of nodes nearby")
    )

    @model_validator(mode="after")
    def _names_are_declared(self) -> Self:
        for name, each in self.sets.items():
            if unknown := {*each.writers, *each.readers} - set(self.users):
                raise ValueError(f"sets.{name}: {', '.join(sorted(unknown))}")
        return self


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """Its addresses, and the host keys of the nodes that share a zone with it."""
    own = estate.nodes[name]
    near = {
        other: list(node.connection.host_keys)
        for other, node in sorted(estate.nodes.items())
        if other != name and set(node.addresses) & set(own.addresses) and node.connection.host_keys
    }
    wanted = own.vars.get("bigdata", {}).get("users", {}) if isinstance(own.vars.get("bigdata"), dict) else {}
    named = {user.get("node") for user in wanted.values() if isinstance(user, dict)}
    return {
        "addresses": [str(each.ip) for each in own.addresses.values()],
        "node_keys": {other: keys for other, keys in near.items() if other in named},
    }


def deploy(spec: BigData, secrets: Secrets) -> None:
    """Accounts, folders with their rights, and the server."""
    apt.packages(name=_("packages of the data store"), packages=["acl", "openssh-server"], no_recommends=True)
    server.group(name=_("group of everybody who uses data"), group=GROUP, system=True)
    files.directory(name=_("folder of the data sets"), path=spec.folder, mode="711", user="root", group="root")
    files.directory(name=_("folder of the data store's settings"), path=f"{HOME}/keys", mode="755")
    for name, user in spec.users.items():
        _user(spec, name, user)
    for name, each in spec.sets.items():
        _set(spec, name, each)
    _gone(spec)
    settings = written(
        _("settings of the data store"),
        "bigdata/sshd_config.j2",
        f"{HOME}/sshd_config",
        spec=spec,
        home=HOME,
        accounts=GROUP,
    )
    unit = written(
        _("service of the data store"),
        "bigdata/yiwang-data.service.j2",
        f"/etc/systemd/system/{UNIT}.service",
        spec=spec,
        home=HOME,
    )
    check = f"mkdir -p /run/sshd && /usr/sbin/sshd -t -f {HOME}/sshd_config"
    service.running(name=_("data store"), service=UNIT, reads=(settings, unit), check=check, apply="restart")


def account(name: str) -> str:
    """The account of a user."""
    return f"data-{name}"


def _user(spec: BigData, name: str, user: DataUser) -> None:
    server.user(  # noqa: S604 - the account's shell
        name=_("account {login}").format(login=account(name)),
        user=account(name),
        group=GROUP,
        home=spec.folder,
        shell="/usr/sbin/nologin",
        system=True,
        create_home=False,
        ensure_home=False,
    )
    keys = [*user.keys, *(spec.node_keys.get(user.node, ()) if user.node else ())]
    written(
        _("keys of {login}").format(login=account(name)),
        "bigdata/keys.j2",
        f"{HOME}/keys/{account(name)}",
        keys=keys,
        sources=user.sources,
    )


def _set(spec: BigData, name: str, each: DataSet) -> None:
    """Rights by access lists, so that what one writer leaves another can take, and nobody else."""
    path = f"{spec.folder}/{name}"
    rights = sorted({**dict.fromkeys(each.readers, "r-x"), **dict.fromkeys(each.writers, "rwx")}.items())
    entries = [f"user:{account(user)}:{right}" for user, right in rights]
    wanted = [*entries, *(f"default:{each}" for each in entries)]
    files.directory(name=_("data set {name}").format(name=name), path=path, user="root", group="root")
    listed = f"getfacl -cEp {path} | grep -E '^(default:)?user:data-' | sort"
    shown = "\\n".join(sorted(wanted))
    command.ensure(
        name=_("rights on the data set {name}").format(name=name),
        commands=[f"setfacl -R -b {path}", f"setfacl -R -P -m {','.join(_base(entries))} {path}"],
        holds=f'[ "$({listed})" = "$(printf "{shown}")" ]',
    )


def _base(entries: list[str]) -> Iterator[str]:
    nobody = ["user::rwX", "group::---", "other::---"]
    for each in (*nobody, *(entry.replace("rwx", "rwX").replace("r-x", "rX") for entry in entries)):
        yield each
        yield f"default:{each}"


def _gone(spec: BigData) -> None:
    """Who is not declared any more may no longer come in."""
    known = " ".join(account(name) for name in spec.users)
    others = f'for each in $(ls {HOME}/keys); do case " {known} " in *" $each "*) ;; *) echo "$each" ;; esac; done'
    command.ensure(
        name=_("keys of users that are gone"),
        commands=[f"{others} | sed 's|^|{HOME}/keys/|' | xargs -r rm -f"],
        holds=f'[ -z "$({others})" ]',
        changes=[f"{HOME}/keys"],
    )


def gates(spec: BigData) -> tuple[Gate, ...]:
    """It runs and answers."""
    answers = (Gate("tcp", {"port": spec.port, "host": str(each)}) for each in spec.addresses)
    return (Gate("service", {"unit": UNIT}), *answers)


COMPONENT = Component(
    name="bigdata",
    title=N_("data store"),
    spec=BigData,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.1", "8.1.4.2", "8.1.4.3", "8.1.4.7", "8.1.4.8"),
)
