"""One time on every node."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.component import Gate
from yiwang.deploy.components.host.peer import address_for
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate


class Clock(Declared):
    """Where the time comes from."""

    time_sources: tuple[str, ...] = Field((), description=N_("addresses of time servers; empty: the node is one"))
    timezone: str = Field("Asia/Shanghai", pattern=r"^[A-Za-z0-9_+/-]+$", description=N_("time zone"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The declared time sources, as this node reaches them."""
    sources = tuple(address_for(estate, name, each) for each in estate.nodes[name].ntp)
    return {"time_sources": sources, "timezone": estate.header.timezone}


def deploy(spec: Clock) -> None:
    """chrony and the time zone."""
    zone = f"/usr/share/zoneinfo/{spec.timezone}"
    command.ensure(
        name=_("time zone"),
        commands=[f"test -f {zone}", f"ln -sfn {zone} /etc/localtime", f"echo {spec.timezone} >/etc/timezone"],
        holds=f'[ "$(readlink /etc/localtime)" = {zone} ] && [ "$(cat /etc/timezone)" = {spec.timezone} ]',
        changes=["/etc/localtime", "/etc/timezone"],
    )
    sources = written(
        _("time sources"), "baseline/chrony.conf.j2", "/etc/chrony/chrony.conf", sources=spec.time_sources
    )
    service.running(name=_("time service"), service="chrony", reads=(sources,), apply="restart")


def gates(spec: Clock) -> tuple[Gate, ...]:
    """The clock follows its sources."""
    return (Gate("time-sync", {"max_offset_seconds": 1.0}),) if spec.time_sources else ()
