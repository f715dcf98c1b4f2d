"""``backup-client``: what is worth keeping of a node goes to the backup node, and is restored for trial.

Files and the database's base go there every night, the database's changes every few minutes.  The drill
restores the newest, holds every file against the one in use, starts the database from its base and its
changes, and tells the monitor when it last went well.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components import backup, database
from yiwang.deploy.components.host.peer import address_for
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.inventory.model.names import Name, Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

HOME = "/etc/yiwang/backup-client"
STATE = "/var/lib/yiwang-backup"
FIGURES = "/var/lib/prometheus/node-exporter"
PROGRAMS = "/usr/local/lib/yiwang"
TIMERS = ("yiwang-back-up", "yiwang-back-up-changes", "yiwang-restore-drill")
CHANGES_TIMER = TIMERS[1]

Folder = Annotated[str, Field(pattern=r"^/[\w/. @+-]+$")]
Time = Annotated[str, Field(pattern=r"^\d\d:\d\d$")]


class BackupServer(Declared):
    """Where backups go."""

    name: Name = Field(description=N_("name of the backup node"))
    address: str = Field(pattern=r"^[A-Za-z0-9.:-]+$", description=N_("address by which this node reaches it"))
    port: Port = Field(22, description=N_("its SSH port"))
    keys: tuple[backup.HostKey, ...] = Field(min_length=1, description=N_("its pinned host keys"))


class BackupClient(Declared):
    """Values of ``backup-client``."""

    server: BackupServer | None = Field(None, description=N_("where backups go; none: the node is not backed up"))
    password: SecretRef | None = Field(
        None, description=N_("reference to the password that opens them; default: what the backup node declares")
    )
    paths: tuple[Folder, ...] = Field((), description=N_("folders that are worth keeping; by the node's roles"))
    excludes: tuple[str, ...] = Field((), description=N_("patterns of files below them that are not"))
    database: Flag = Field(False, description=N_("whether the node's database is kept as well"))
    time: Time = Field("01:00", description=N_("when the nightly backup begins, within the two hours after it"))
    changes_minutes: int = Field(
        15, ge=1, le=1440, description=N_("time between two backups of the database's changes, in minutes")
    )
    drill: str = Field(
        "*-*-05 10:00",
        pattern=r"^[\w*,./: -]+$",
        description=N_("when backups are restored for trial, as systemd writes times"),
    )


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """The backup node that it may reach, what its roles make worth keeping, and its database."""
    own = estate.nodes[name]
    paths, place = backup.paths_of(own), backup.place_of(estate, name)
    if place is None:
        return {"paths": paths}
    target, node, password = place
    components = {each for role in own.roles if role in estate.roles for each in estate.roles[role].components}
    server = {
        "name": target,
        "address": address_for(estate, name, target),
        "port": node.connection.port,
        "keys": list(node.connection.host_keys),
    }
    return {"server": server, "password": password, "paths": paths, "database": "database" in components}


def deploy(spec: BackupClient, secrets: Secrets) -> None:
    """Settings, programs, timers."""
    if not spec.server or not spec.password:
        return
    apt.packages(name=_("packages of backups"), packages=["python3", "restic"], no_recommends=True)
    files.directory(name=_("folder of the settings of backups"), path=HOME, mode="700")
    files.directory(name=_("folder of what backups remember"), path=STATE, mode="711")
    content = io.StringIO(secrets(spec.password).reveal())
    files.put(name=_("password of backups"), src=content, dest=f"{HOME}/password", mode="400")
    for file, title in {
        "settings": _("settings of backups"),
        "ssh_config": _("way to the backup node"),
        "known_hosts": _("keys of the backup node"),
        "excludes": _("what is not backed up"),
    }.items():
        written(title, f"backup-client/{file}.j2", f"{HOME}/{file}", mode="600", **_words(spec))
    for program in ("back-up", "restore-drill"):
        written(
            _("program of backups: {program}").format(program=program),
            f"backup-client/{program}",
            f"{PROGRAMS}/{program}",
            mode="755",
        )
    for timer in _timers(spec):
        units = tuple(_units(timer, spec))
        service.running(
            name=_("{timer} runs in time").format(timer=timer), service=f"{timer}.timer", reads=units, apply="restart"
        )


def _timers(spec: BackupClient) -> Iterator[str]:
    return (timer for timer in TIMERS if spec.database or timer != CHANGES_TIMER)


def _units(timer: str, spec: BackupClient) -> Iterator[Configuration]:
    for kind in ("service", "timer"):
        title = _("time of backups: {file}").format(file=f"{timer}.{kind}")
        yield written(title, f"backup-client/{timer}.{kind}.j2", f"/etc/systemd/system/{timer}.{kind}", **_words(spec))


def _words(spec: BackupClient) -> dict[str, Any]:
    return {
        "spec": spec,
        "server": spec.server,
        "home": HOME,
        "state": STATE,
        "figures": FIGURES,
        "programs": PROGRAMS,
        "account": backup.ACCOUNT,
        "version": database.VERSION,
        "archive": database.ARCHIVE,
    }


def gates(spec: BackupClient) -> tuple[Gate, ...]:
    """The backup node lets this one in, and everything runs in time."""
    if not spec.server or not spec.password:
        return ()
    timers = (Gate("service", {"unit": f"{timer}.timer"}) for timer in _timers(spec))
    return (Gate("command", {"command": f"{PROGRAMS}/back-up reach", "expect": "reached"}), *timers)


COMPONENT = Component(
    name="backup-client",
    title=N_("backup of the node"),
    spec=BackupClient,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.7", "8.1.4.8", "8.1.4.9"),
)
