"""``backup``: keeps the backups of nodes, each in a repository to which its node can only add.

A node comes in over SSH with its own host key, which the estate pins, and gets nothing but its repository
(restic's, by rclone's append-only server).  What is old is given up by this node alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import Field
from pyinfra.operations import apt, files, server

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model import Node

ACCOUNT = "yiwang-backup"
HOME = "/etc/yiwang/backup"
SERVE, KEEP = "/usr/local/lib/yiwang/serve-backup", "/usr/local/lib/yiwang/keep-backups"
UNIT = "yiwang-keep-backups"
SSH = "tcp/22"

HostKey = Annotated[str, Field(pattern=r"^(ssh|ecdsa|sk)-[^\n]+$")]


class Backup(Declared):
    """Values of ``backup``."""

    password: SecretRef | None = Field(
        None,
        description=N_("reference to the password that opens every backup; while there is none, nothing is backed up"),
    )
    folder: str = Field("/srv/yiwang/backup", pattern=r"^/[\w/.-]+$", description=N_("where backups are kept"))
    clients: dict[Name, tuple[HostKey, ...]] = Field(
        default_factory=dict, description=N_("nodes that are backed up here, with their pinned host keys")
    )
    daily: int = Field(35, ge=1, description=N_("days of which the last backup is kept"))
    weekly: int = Field(13, ge=0, description=N_("weeks of which the last backup is kept"))
    monthly: int = Field(13, ge=0, description=N_("months of which the last backup is kept"))
    time: str = Field(
        "06:00", pattern=r"^\d\d:\d\d$", description=N_("when old backups are given up, and a part of all is read")
    )
    read_percent: int = Field(
        3, ge=0, le=100, description=N_("part of all that is read each day to see that it is whole, in percent")
    )


def clients_of(estate: Estate, name: str) -> Iterator[tuple[str, Node]]:
    """The nodes that are backed up on a node."""
    for other, node in estate.nodes.items():
        if other != name and (found := server_of(estate, other)) and found[0] == name:
            yield other, node


def server_of(estate: Estate, name: str) -> tuple[str, Node] | None:
    """Where a node is backed up: on the nearest backup node, from its own region up, that it may reach.

    A node on which nothing is worth keeping is backed up nowhere.
    """
    own = estate.nodes[name]
    if "backup" in own.roles or not paths_of(own):
        return None
    chain = estate.region_chain(own.region)
    found = [
        (other, node)
        for other, node in estate.nodes.items()
        if "backup" in node.roles and _may_reach(estate, own, node)
    ]
    near = sorted(found, key=lambda each: -chain.index(each[1].region) if each[1].region in chain else 1)
    return near[0] if near else None


def place_of(estate: Estate, name: str) -> tuple[str, Node, str] | None:
    """The backup node where a node really is backed up, with the password that is declared there."""
    found = server_of(estate, name)
    if not found or not (password := password_of(found[1])) or not found[1].connection.host_keys:
        return None
    return (*found, password)


def paths_of(node: Node) -> list[str]:
    """The folders of a node that are worth keeping: what it says itself, or by its roles."""
    own = node.vars.get("backup-client")
    if isinstance(own, dict) and "paths" in own:
        return list(own["paths"])
    return sorted({path for role in node.roles for path in _paths().get(role, ())})


@cache
def _paths() -> dict[str, list[str]]:
    text = (resources(__package__) / "files/backup-client/paths.yaml").read_text(encoding="utf-8")
    table: dict[str, list[str]] = yaml.safe_load(text)
    return table


def _may_reach(estate: Estate, own: Node, server: Node) -> bool:
    if set(own.addresses) & set(server.addresses):
        return True
    flows = (flow for zone in own.addresses if zone in estate.zones for flow in estate.zones[zone].may_open)
    return any(flow.to in server.addresses and flow.through == "direct" and SSH in flow.services for flow in flows)


def password_of(node: Node) -> str | None:
    """The declared password of a backup node's repositories."""
    own = node.vars.get("backup")
    return own.get("password") if isinstance(own, dict) else None


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """The nodes that may reach it, as far as their host keys are pinned."""
    clients = {other: list(node.connection.host_keys) for other, node in clients_of(estate, name)}
    return {"clients": {other: keys for other, keys in sorted(clients.items()) if keys}}


def deploy(spec: Backup, secrets: Secrets) -> None:
    """Account, keys, SSH, keeping."""
    apt.packages(name=_("packages of the backup server"), packages=["rclone", "restic"], no_recommends=True)
    server.user(  # noqa: S604 - the account's shell
        name=_("account of the backups"),
        user=ACCOUNT,
        home=spec.folder,
        shell="/bin/sh",
        system=True,
        create_home=False,
    )
    files.directory(name=_("folder of the backups"), path=spec.folder, user=ACCOUNT, group=ACCOUNT, mode="700")
    written(_("what a node gets when it comes in"), "backup/serve-backup.j2", SERVE, mode="755", spec=spec)
    files.directory(name=_("folder of the backup's settings"), path=HOME, mode="755")
    written(
        _("nodes that may come in"),
        "backup/authorized_keys.j2",
        f"{HOME}/authorized_keys",
        clients=spec.clients,
        serve=SERVE,
    )
    ways = written(
        _("how nodes come in"),
        "backup/sshd.conf.j2",
        "/etc/ssh/sshd_config.d/60-yiwang-backup.conf",
        account=ACCOUNT,
        home=HOME,
    )
    service.running(
        name=_("SSH server knows the backups"), service="ssh", reads=(ways,), check="/usr/sbin/sshd -t", apply="reload"
    )
    if spec.password:
        _keeping(spec, secrets(spec.password).reveal())


def _keeping(spec: Backup, password: str) -> None:
    files.put(
        name=_("password of the backups"),
        src=io.StringIO(password),
        dest=f"{HOME}/password",
        user=ACCOUNT,
        group=ACCOUNT,
        mode="400",
    )
    written(_("program that keeps backups"), "backup/keep-backups.j2", KEEP, mode="755", spec=spec, home=HOME)
    units = [
        written(
            _("keeping of backups: {file}").format(file=file),
            f"backup/{file}.j2",
            f"/etc/systemd/system/{file}",
            spec=spec,
            program=KEEP,
            account=ACCOUNT,
        )
        for file in (f"{UNIT}.service", f"{UNIT}.timer")
    ]
    service.running(name=_("old backups are given up"), service=f"{UNIT}.timer", reads=tuple(units), apply="restart")


def gates(spec: Backup) -> tuple[Gate, ...]:
    """SSH takes its settings, and old backups are given up in time."""
    timer = (Gate("service", {"unit": f"{UNIT}.timer"}),) if spec.password else ()
    return (Gate("command", {"command": "sshd -t"}), *timer)


COMPONENT = Component(
    name="backup",
    title=N_("backup server"),
    spec=Backup,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.7", "8.1.4.8", "8.1.4.9"),
)
