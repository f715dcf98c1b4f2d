"""``mirror``: serves the packages that the estate's nodes install, and files that they fetch.

The packages are signed where they are put together; this node only hands them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.deploy.components.operations.sample import no_sample_site
from yiwang.inventory.model.names import Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate


class Mirror(Declared):
    """Values of ``mirror``."""

    addresses: tuple[str, ...] = Field((), description=N_("own addresses by which nodes find it"))
    port: Port = Field(80, description=N_("TCP port; packages are signed, so it is not encrypted"))
    folder: str = Field("/srv/yiwang/mirror", pattern=r"^/[\w/.-]+$", description=N_("where the packages are"))
    files: str = Field(
        "/srv/yiwang/files", pattern=r"^/[\w/.-]+$", description=N_("where files are, served as /files/")
    )
    rate_kib: int = Field(
        0,
        ge=0,
        description=N_("most that one connection gets, in KiB/s, so that narrow lines stay usable; 0: no limit"),
    )
    key: str = Field("", description=N_("public key that signs the packages, as text; nodes take it from here"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """It serves on its declared addresses."""
    return {"addresses": [str(each.ip) for each in estate.nodes[name].addresses.values()]}


def deploy(spec: Mirror, secrets: Secrets) -> None:
    """nginx over two folders."""
    for folder in (spec.folder, spec.files):
        files.directory(name=_("folder {folder}").format(folder=folder), path=folder, mode="755")
    # The package starts its server at once: it must not answer with a sample of its own where nodes expect packages.
    default = no_sample_site()
    site = written(_("mirror"), "mirror/nginx.conf.j2", "/etc/nginx/conf.d/yiwang-mirror.conf", spec=spec)
    apt.packages(name=_("packages of the mirror"), packages=["nginx"], no_recommends=True)
    # Until now something else may have served the same folder at the same port.
    service.stopped(name=_("what stood in for the mirror"), service="yiwang-mirror")
    service.running(
        name=_("mirror serves"), service="nginx", reads=(site, default), check="nginx -t -q", apply="reload"
    )


def gates(spec: Mirror) -> tuple[Gate, ...]:
    """apt finds a signed repository."""
    where = spec.addresses[0] if spec.addresses else "127.0.0.1"
    return (Gate("package-mirror", {"url": f"http://{where}:{spec.port}/"}),)


COMPONENT = Component(
    name="mirror",
    title=N_("package mirror and file server"),
    spec=Mirror,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.4",),
)
