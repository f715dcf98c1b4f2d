"""``node-exporter``: lets the estate's monitor see how the node is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pyinfra.operations import apt

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.peer import with_role
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.exports.prometheus import NODE_EXPORTER_PORT
from yiwang.inventory.model.names import Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

UNIT = "prometheus-node-exporter"
CONFINEMENT = "monitor/confinement.conf.j2"


class NodeExporter(Declared):
    """Values of ``node-exporter``."""

    is_watched: Flag = Field(True, description=N_("whether the estate has a monitor that asks it"))
    port: Port = Field(NODE_EXPORTER_PORT, description=N_("TCP port; the node's `metrics_port` where it is declared"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """It is there where a monitor is, at the port that the monitor is told."""
    port = estate.nodes[name].vars.get("metrics_port", NODE_EXPORTER_PORT)
    return {"is_watched": any(True for _ in with_role(estate, "monitor")), "port": port}


def deploy(spec: NodeExporter, secrets: Secrets) -> None:
    """One package that only looks."""
    if not spec.is_watched:
        return
    place = f"/etc/systemd/system/{UNIT}.service.d/50-yiwang.conf"
    confined = written(
        _("confinement of {unit}").format(unit=UNIT), CONFINEMENT, place, capabilities="", families="AF_NETLINK"
    )
    settings = written(
        _("settings of the node's own figures"),
        "monitor/default.j2",
        f"/etc/default/{UNIT}",
        options=[f"--web.listen-address=:{spec.port}"],
    )
    apt.packages(name=_("package of the node's own figures"), packages=[UNIT], no_recommends=True)
    service.running(name=_("node's own figures"), service=UNIT, reads=(confined, settings), apply="restart")


def gates(spec: NodeExporter) -> tuple[Gate, ...]:
    """It tells of this node."""
    if not spec.is_watched:
        return ()
    return (Gate("http", {"url": f"http://127.0.0.1:{spec.port}/metrics", "contains": "node_uname_info"}),)


COMPONENT = Component(
    name="node-exporter",
    title=N_("the node's own figures"),
    spec=NodeExporter,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.5.4",),
)
