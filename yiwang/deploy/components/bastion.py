"""``bastion``: the one way in.  Programs are passed through; persons get a recorded shell.

Two kinds of users come here.  The estate's own account only has its connections passed on, sealed end to end
between the controller and the node: nothing of them could be recorded here, and every step is told by the run's
evidence.  Persons cannot have connections passed on; they get a shell whose screen is recorded by sudo as root,
out of their own reach, and go on from there with their own key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.account import Login
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

KEEP = "/usr/local/lib/yiwang/keep-sessions"


class Bastion(Declared):
    """Values of ``bastion``."""

    passing_accounts: tuple[Login, ...] = Field(description=N_("accounts of programs whose connections are passed on"))
    persons: tuple[Login, ...] = Field((), description=N_("accounts of persons: they get a recorded shell"))
    targets: tuple[str, ...] = Field(
        ("*:22",), description=N_("where connections may be passed on to, as host:port; * stands for any")
    )
    sessions: str = Field("/var/log/yiwang/sessions", pattern=r"^/[\w/.-]+$", description=N_("where recordings are"))
    days: int = Field(190, ge=180, description=N_("days that recordings are kept, by law at least 180"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """The accounts that go through here, the ports that they go to, and the persons of the baseline."""
    through = [each for each in estate.nodes.values() if each.connection.via == name]
    ports = {each.connection.port for each in through}
    ports |= {each.credentials.port for each in estate.devices.values() if each.credentials.via == name}
    own = estate.nodes[name]
    baseline = own.vars.get("baseline")
    persons = baseline.get("accounts", {}) if isinstance(baseline, dict) else {}
    return {
        "passing_accounts": [own.connection.user],
        "persons": sorted(set(persons) - {own.connection.user}),
        "targets": [f"*:{port}" for port in sorted(ports or {22})],
    }


def deploy(spec: Bastion, secrets: Secrets) -> None:
    """Who is passed on, who is recorded, and for how long."""
    apt.packages(name=_("packages of the bastion"), packages=["sudo"], no_recommends=True)
    files.directory(name=_("folder of recordings"), path=spec.sessions, mode="700", user="root", group="root")
    recording = written(
        _("recording of sessions"), "bastion/sudoers.j2", "/etc/sudoers.d/60-yiwang-bastion", mode="440", spec=spec
    )
    command.ensure(
        name=_("the rules of sudo can be read"),
        commands=["visudo -cq"],
        holds="visudo -cq",
        after=[recording.operation],
        changes=[],
    )
    written(_("recorded shell"), "bastion/shell.sh", "/usr/local/lib/yiwang/recorded-shell", mode="755")
    # It precedes the baseline's file, and the first value that sshd finds counts.
    server = written(_("jump host"), "bastion/sshd.conf.j2", "/etc/ssh/sshd_config.d/15-yiwang-bastion.conf", spec=spec)
    service.running(name=_("jump host in force"), service="ssh", reads=(server,), check="sshd -t", apply="reload")
    _keep(spec)


def _keep(spec: Bastion) -> None:
    written(_("keeper of recordings"), "bastion/keep-sessions.sh", KEEP, mode="755")
    units = tuple(
        written(
            _("keeper of recordings: {file}").format(file=file),
            f"bastion/{file}.j2",
            f"/etc/systemd/system/{file}",
            spec=spec,
            program=KEEP,
        )
        for file in ("yiwang-keep-sessions.service", "yiwang-keep-sessions.timer")
    )
    service.running(
        name=_("keeper of recordings runs"), service="yiwang-keep-sessions.timer", reads=units, apply="restart"
    )


def gates(spec: Bastion) -> tuple[Gate, ...]:
    """SSH still comes in."""
    return (Gate("ssh"),)


COMPONENT = Component(
    name="bastion",
    title=N_("bastion"),
    spec=Bastion,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.3.5", "8.1.4.1", "8.1.4.2", "8.1.4.3", "8.1.4.4"),
)
