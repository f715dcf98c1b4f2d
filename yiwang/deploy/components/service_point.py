"""``service-point``: a township's or village's desk, as far as the node itself goes.

Accounts, storage, scanning, printing and the look at the city's platform are here; the desktop itself (a browser
that shows the platform and nothing else) is a package list of the estate's own, because it needs a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pyinfra.operations import apt, server

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.account import Login
from yiwang.deploy.components.host.peer import address_for, with_role
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

Url = Annotated[str, Field(pattern=r"^https?://[^\s'\"]+$")]
Uri = Annotated[str, Field(pattern=r"^[a-z]+:/[^\s'\"]*$")]
SPOOL = "/srv/yiwang/scan"
PROBE = "/usr/local/lib/yiwang/probe-platform"
STORAGE_OFF = "! grep -q ^usb_storage /proc/modules"


class Printer(Declared):
    """A printer of the desk."""

    uri: Uri = Field(description=N_("where it is, such as ipp://10.1.2.3/ipp/print or socket://10.1.2.3:9100"))
    model: str = Field("everywhere", pattern=r"^[\w:./-]+$", description=N_("its driver, in the words of lpadmin -m"))


class ServicePoint(Declared):
    """Values of ``service-point``."""

    clerks: dict[Login, str] = Field(
        default_factory=dict, description=N_("accounts of the desk's clerks and whose they are; they have no rights")
    )
    usb_storage: Flag = Field(False, description=N_("whether USB sticks and disks can be used"))
    scan_days: int = Field(7, ge=1, description=N_("days after which a scan that was left behind is deleted"))
    printers: dict[Name, Printer] = Field(default_factory=dict, description=N_("printers by name"))
    platforms: tuple[Url, ...] = Field((), description=N_("addresses of the city's platform that must answer"))
    probe_minutes: int = Field(5, ge=1, le=60, description=N_("how often they are asked, in minutes"))
    packages: tuple[str, ...] = Field((), description=N_("more packages, such as those of the desktop"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """What the desk depends on: the exchange of its nearest region, and the city's, over HTTPS."""
    chain = estate.region_chain(estate.nodes[name].region)
    near = [each for each in with_role(estate, "exchange") if each.region in chain]
    names = {id(node): other for other, node in estate.nodes.items()}
    found = sorted(near, key=lambda each: chain.index(each.region), reverse=True)
    return {"platforms": [f"https://{address_for(estate, name, names[id(each)])}/" for each in found]}


def deploy(spec: ServicePoint, secrets: Secrets) -> None:
    """Clerks, storage, scans, printers, probe."""
    server.group(name=_("group of clerks"), group="yiwang-clerk", system=True)
    for login, title in spec.clerks.items():
        _clerk(login, title)
    _storage(spec)
    written(
        _("folder of scans"),
        "service-point/scan.conf.j2",
        "/etc/tmpfiles.d/50-yiwang-scan.conf",
        spec=spec,
        spool=SPOOL,
    )
    command.ensure(
        name=_("folder of scans is there"),
        commands=["systemd-tmpfiles --create /etc/tmpfiles.d/50-yiwang-scan.conf"],
        holds=f'[ "$(stat -c "%a %U %G" {SPOOL})" = "2770 root yiwang-clerk" ]',
    )
    if spec.packages:
        apt.packages(name=_("packages of the desk"), packages=list(spec.packages), no_recommends=True)
    if spec.printers:
        _printers(spec)
    _probe(spec)


def _clerk(login: str, title: str) -> None:
    server.user(  # noqa: S604 - the login shell
        name=_("account of the clerk {login}").format(login=login),
        user=login,
        home=f"/home/{login}",
        shell="/bin/bash",
        comment=title or None,
        groups=["yiwang-clerk"],
        create_home=True,
    )


def _storage(spec: ServicePoint) -> None:
    place = "/etc/modprobe.d/60-yiwang-storage.conf"
    if spec.usb_storage:
        command.ensure(
            name=_("USB storage can be used"), commands=[f"rm -f {place}"], holds=f"[ ! -e {place} ]", changes=[place]
        )
        return
    written(_("USB storage cannot be used"), "service-point/storage.conf", place)
    command.ensure(name=_("USB storage is not in use"), commands=["modprobe -r uas usb-storage"], holds=STORAGE_OFF)


def _printers(spec: ServicePoint) -> None:
    apt.packages(name=_("packages for printing"), packages=["cups", "cups-client"], no_recommends=True)
    access = written(_("printing for this desk only"), "service-point/cupsd.conf", "/etc/cups/cupsd.conf", mode="640",
                     group="lp")  # fmt: skip
    service.running(name=_("printing"), service="cups", reads=(access,), check="cupsd -t", apply="restart")
    for name, printer in spec.printers.items():
        command.ensure(
            name=_("printer {name}").format(name=name),
            commands=[
                f"lpadmin -p {name} -E -v '{printer.uri}' -m '{printer.model}' -o printer-error-policy=retry-job"
            ],
            holds=f"lpstat -v {name} | grep -qF 'device for {name}: {printer.uri}'",
        )


def _probe(spec: ServicePoint) -> None:
    written(_("look at the platform"), "service-point/probe-platform.sh", PROBE, mode="755")
    units = tuple(
        written(
            _("look at the platform: {file}").format(file=file),
            f"service-point/{file}.j2",
            f"/etc/systemd/system/{file}",
            spec=spec,
            program=PROBE,
        )
        for file in ("yiwang-probe-platform.service", "yiwang-probe-platform.timer")
    )
    service.running(
        name=_("look at the platform, again and again"),
        service="yiwang-probe-platform.timer",
        reads=units,
        apply="restart",
    )


def gates(spec: ServicePoint) -> tuple[Gate, ...]:
    """The look at the platform is there; what it sees is for the monitoring."""
    return tuple(_gates(spec))


def _gates(spec: ServicePoint) -> Iterator[Gate]:
    yield Gate("service", {"unit": "yiwang-probe-platform.timer"})
    if spec.printers:
        yield Gate("service", {"unit": "cups"})


COMPONENT = Component(
    name="service-point",
    title=N_("service point"),
    spec=ServicePoint,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.1", "8.1.4.2", "8.1.4.4", "8.1.4.11"),
)
