"""Kernel settings, and modules that no node needs."""

from __future__ import annotations

from importlib.resources import files as resources
from typing import Any

import yaml
from pydantic import Field

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate

# Values of several numbers are shown with tabs and written with blanks.
IN_FORCE = (
    "sed -n 's/^\\([a-z][^ ]*\\) = /\\1 /p' /etc/sysctl.d/60-yiwang.conf | while read -r key value; do "
    'file=/proc/sys/$(echo "$key" | tr ./ /.); [ ! -e "$file" ] || [ "$(xargs <"$file")" = "$value" ] || exit 1; done'
)


class Kernel(Declared):
    """Settings of the kernel."""

    sysctl: dict[str, str] = Field(
        default_factory=dict, description=N_("kernel settings beside or above the usual ones")
    )
    forwards: Flag = Field(False, description=N_("whether it passes packets on; true on routers"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """Only routers pass packets on."""
    return {"forwards": "router" in estate.nodes[name].roles}


def deploy(spec: Kernel) -> None:
    """sysctl and modprobe."""
    text = (resources(__package__) / "../files/baseline/sysctl.yaml").read_text(encoding="utf-8")
    usual: dict[str, str] = {} if spec.forwards else {"net.ipv4.ip_forward": "0"}
    values = {**yaml.safe_load(text), **usual, **spec.sysctl}
    settings = written(_("kernel settings"), "baseline/sysctl.conf.j2", "/etc/sysctl.d/60-yiwang.conf", values=values)
    service.running(
        name=_("kernel settings in force"),
        service="systemd-sysctl",
        reads=(settings,),
        confirm=IN_FORCE,
        apply="restart",
    )
    written(_("kernel modules that are not loaded"), "baseline/modprobe.conf", "/etc/modprobe.d/50-yiwang.conf")
