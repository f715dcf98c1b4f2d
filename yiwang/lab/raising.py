"""Bringing a lab up: everything is laid out first, then made, then waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.errors import UsageError
from yiwang.core.writing import write_files
from yiwang.lab import footprint
from yiwang.lab.command import call
from yiwang.lab.credentials import Credentials, made_private_key, public_key
from yiwang.lab.disk import owners_of, write_seed
from yiwang.lab.drafting import Request, draft
from yiwang.lab.host_seed import ACCOUNT_NUMBER
from yiwang.lab.image.build import ensure_image
from yiwang.lab.image.repository import Repository, ensure_repository
from yiwang.lab.lab import Lab
from yiwang.lab.layout import Layout, Omission
from yiwang.lab.lowering import lower
from yiwang.lab.machine import Machine
from yiwang.lab.readiness import require_machine, require_room
from yiwang.lab.seed import Seed
from yiwang.lab.seeding import MIRROR_FOLDER, Seeds
from yiwang.lab.state import LAB_EXISTS, LabFolder, free_slot, lab_path
from yiwang.lab.wiring import wire

if TYPE_CHECKING:
    from yiwang.core.settings import LabSettings
    from yiwang.core.vault.store import Vault
    from yiwang.inventory.estate import Estate

AT_ONCE = 4
"""Hosts that boot at the same time: on two cores more of them only wait for each other."""

PATIENCE_SECONDS = 120
"""After this long without any host answering, bring-up gives up waiting."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far bring-up is: the stage, and how many hosts of all are through it."""

    stage: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Raised:
    """A lab that was brought up, the hosts that do not answer, and how long booting took, in seconds."""

    lab: Lab
    silent: tuple[str, ...]
    boot_seconds: float


def raise_lab(
    estate: Estate, request: Request, *, vault: Vault | None, settings: LabSettings, report: Report = lambda _: None
) -> Raised:
    """Bring a lab up; in one that is there already, start the hosts that are off.

    Raises:
        LabError: the machine cannot carry it (E6030-E6032) or something cannot be made; what was made is gone then.
        UsageError: nothing is selected, or another lab has this name (E6013).
    """
    require_machine(is_plain=request.is_plain)
    folder = LabFolder(lab_path(request.name))
    if folder.complete.exists():
        return _revived(Lab(folder, folder.read()), draft(estate, request, 0), report)
    if folder.layout_file.exists():
        lower(folder)
    # Refuse what cannot be before the minutes that an image takes.
    require_room(draft(estate, request, 0), reserve_mib=settings.reserve_mib)
    image = ensure_image(settings.folder, report=lambda message: report(Progress(message)))
    repository = ensure_repository(settings.folder, image, report=lambda message: report(Progress(message)))
    with free_slot(request.name) as slot:
        layout = replace(draft(estate, request, slot), image=str(image.path), repository=str(repository.path))
        layout, seeds = _seeded(estate, layout, folder, Credentials(vault, folder.secrets), repository)
        folder.write(layout)
    try:
        return _made(Lab(folder, layout), seeds, disk_mib=settings.disk_mib, report=report)
    except BaseException:
        lower(folder)
        raise


def _revived(lab: Lab, wanted: Layout, report: Report) -> Raised:
    if [host.name for host in wanted.hosts] != [host.name for host in lab.layout.hosts]:
        raise UsageError(LAB_EXISTS, name=lab.layout.name)
    started = time.monotonic()
    silent = boot([machine for machine in lab.machines if machine.init is None], report)
    return Raised(lab, silent, time.monotonic() - started)


def _seeded(
    estate: Estate, layout: Layout, folder: LabFolder, credentials: Credentials, repository: Repository
) -> tuple[Layout, Mapping[str, Seed]]:
    """The seed of every host, and the layout with the host keys and with what the lab had to make."""
    private = {host.name: made_private_key() for host in layout.hosts}
    hosts = tuple(replace(host, host_key=public_key(private[host.name])) for host in layout.hosts)
    layout = replace(layout, hosts=hosts)
    operator = _operator_key(folder)
    seeds = Seeds(estate, layout, credentials, repository, private, operator)
    found = {host.name: seeds.of(host) for host in layout.hosts}
    made = tuple(Omission("secret", f"vault:{path}", path) for path in credentials.made)
    return replace(layout, omissions=layout.omissions + made), found


def _operator_key(folder: LabFolder) -> str:
    """Make the key that every host of the lab lets in; returns its public half."""
    private = made_private_key()
    write_files({folder.operator_key: private.encode()}, mode=0o600)
    return public_key(private)


def _made(lab: Lab, seeds: Mapping[str, Seed], *, disk_mib: int, report: Report) -> Raised:
    machines, total = lab.machines, len(lab.machines)
    footprint.widen()
    report(Progress("wire", 0, total))
    wire(lab.layout)
    owners = owners_of(Path(lab.layout.image))

    def prepare(machine: Machine) -> None:
        machine.disk.make(disk_mib)
        known = owners.with_account(machine.host.user, ACCOUNT_NUMBER)
        write_seed(machine.disk.upper, Path(lab.layout.image), seeds[machine.host.name], known)
        mount(machine)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(prepare, machines), 1):
            report(Progress("disks", done, total))
    lab.folder.complete.touch()
    started = time.monotonic()
    silent = boot(machines, report)
    return Raised(lab, silent, time.monotonic() - started)


def mount(machine: Machine) -> None:
    """Lay a host's disk over the image; the package repository lies where it is served or read from."""
    layout, disk = machine.layout, machine.disk
    disk.mount((Path(layout.image),))
    if machine.host.name == layout.mirror or not layout.mirror:
        place = disk.root / MIRROR_FOLDER
        place.mkdir(parents=True, exist_ok=True)
        call("mount", "--bind", "-o", "ro", layout.repository, str(place))


def boot(machines: Iterable[Machine], report: Report = lambda _: None) -> tuple[str, ...]:
    """Start hosts, a few at a time, and wait until each answers; returns the names of those that do not."""
    waiting = list(machines)
    total = len(waiting)
    booting: list[Machine] = []
    heard = time.monotonic()
    while (waiting or booting) and time.monotonic() - heard < PATIENCE_SECONDS:
        for machine in _next(waiting, booting):
            machine.start()
        answering = [machine for machine in booting if machine.is_answering()]
        if answering:
            heard = time.monotonic()
            booting = [machine for machine in booting if machine not in answering]
            report(Progress("boot", total - len(waiting) - len(booting), total))
        else:
            time.sleep(0.02)
    return tuple(machine.host.name for machine in (*booting, *waiting))


def _next(waiting: list[Machine], booting: list[Machine]) -> Iterator[Machine]:
    while waiting and len(booting) < AT_ONCE:
        machine = waiting.pop(0)
        booting.append(machine)
        yield machine
