"""Bringing a lab up: everything is laid out first, then made, then waited for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.core.writing import write_files
from yiwang.lab import footprint
from yiwang.lab.booting import AT_ONCE, Progress, Report, boot
from yiwang.lab.command import LabError, call
from yiwang.lab.credentials import Credentials, made_private_key, public_key
from yiwang.lab.disk import owners_of, write_seed
from yiwang.lab.drafting import Request, draft
from yiwang.lab.host_seed import ACCOUNT_NUMBER
from yiwang.lab.image.build import ensure_image
from yiwang.lab.image.repository import Repository, ensure_repository, seed_client
from yiwang.lab.lab import Lab
from yiwang.lab.layer import Recipe, ensure_layer, layered
from yiwang.lab.layout import Layout, Omission
from yiwang.lab.lowering import lower
from yiwang.lab.machine import Machine
from yiwang.lab.profile import Profile, profiles
from yiwang.lab.readiness import require_machine, require_room
from yiwang.lab.seed import Seed
from yiwang.lab.seeding import MIRROR_FOLDER, Seeds
from yiwang.lab.snapshot import Snapshot, sited
from yiwang.lab.state import LAB_EXISTS, LabFolder, free_slot, lab_path
from yiwang.lab.wiring import wire

if TYPE_CHECKING:
    from yiwang.core.settings import LabSettings
    from yiwang.core.vault.store import Vault
    from yiwang.inventory.estate import Estate

IMAGE_GONE = code(
    "E6043",
    N_("the image of the snapshot {snapshot} is gone: {image}"),
    N_("a snapshot is only what differs from its image; bring the lab up anew: yiwang lab up"),
)

Fill = Callable[[Machine], None]
"""Writes what is on the disk of a host before it boots."""


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
    drafted = draft(estate, request, 0)
    require_room(drafted, reserve_mib=settings.reserve_mib)
    image = ensure_image(settings.folder, report=lambda message: report(Progress(message)))
    used = _used(drafted)
    names = {package for profile in used.values() for package in profile.packages}
    repository = ensure_repository(
        settings.folder, image, names=names, report=lambda message: report(Progress(message))
    )
    layers = _layers(used, image.path, repository, report)
    with free_slot(request.name) as slot, _nothing_kept(folder):
        layout = replace(draft(estate, request, slot), image=str(image.path), repository=str(repository.path))
        layout = layered(layout, layers)
        try:
            layout, seeds = _seeded(
                estate,
                layout,
                folder,
                Credentials(vault, folder.secrets),
                repository,
                configurations=request.configurations,
            )
            folder.write(layout)
        except BaseException:
            shutil.rmtree(folder.path, ignore_errors=True)
            raise

    def fill(machine: Machine) -> None:
        known = owners_of(machine.layers[0]).with_account(machine.host.user, ACCOUNT_NUMBER)
        write_seed(machine.disk.upper, machine.layers, seeds[machine.host.name], known)

    return _made_whole(Lab(folder, layout), fill, settings, report)


@contextmanager
def _nothing_kept(folder: LabFolder) -> Iterator[None]:
    """Until the layout is written, nobody would find what a failure leaves."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _used(layout: Layout) -> Mapping[str, Profile]:
    known = profiles(Path(layout.estate))
    return {name: known[name] for name in sorted({host.profile for host in layout.hosts})}


def _layers(used: Mapping[str, Profile], image: Path, repository: Repository, report: Report) -> Mapping[str, Path]:
    """The layer of each profile that has packages beyond the image."""
    client = seed_client(repository, f"file:/{MIRROR_FOLDER}")
    recipes = [
        Recipe(name, profile, image, repository.path, client) for name, profile in used.items() if profile.packages
    ]
    return {recipe.name: ensure_layer(recipe, report=lambda message: report(Progress(message))) for recipe in recipes}


def restore(snapshot: Snapshot, name: str, *, settings: LabSettings, report: Report = lambda _: None) -> Raised:
    """Bring a lab back as a snapshot kept it; one of its name that is up goes down first.

    Raises:
        LabError: the machine cannot carry it (E6030-E6032), or the snapshot's image is gone (E6043).
    """
    kept = snapshot.folder.read()
    require_machine(is_plain=kept.is_plain)
    if not Path(kept.image).is_dir():
        raise LabError(IMAGE_GONE, snapshot=snapshot.name, image=kept.image)
    folder = LabFolder(lab_path(name))
    if folder.layout_file.exists():
        lower(folder)
    require_room(kept, reserve_mib=settings.reserve_mib)
    with free_slot(name) as slot:
        layout = sited(kept, slot)
        folder.path.mkdir(parents=True)
        call("cp", "-a", str(snapshot.folder.secrets), str(folder.secrets))
        folder.write(layout)

    def fill(machine: Machine) -> None:
        call("cp", "-a", f"{snapshot.disk(machine.host.name)}/.", str(machine.disk.upper))

    return _made_whole(Lab(folder, layout), fill, settings, report)


def _made_whole(lab: Lab, fill: Fill, settings: LabSettings, report: Report) -> Raised:
    try:
        return _made(lab, fill, disk_mib=settings.disk_mib, report=report)
    except BaseException:
        lower(lab.folder)
        raise


def _revived(lab: Lab, wanted: Layout, report: Report) -> Raised:
    if [host.name for host in wanted.hosts] != [host.name for host in lab.layout.hosts]:
        raise UsageError(LAB_EXISTS, name=lab.layout.name)
    started = time.monotonic()
    silent = boot([machine for machine in lab.machines if machine.init is None], report)
    return Raised(lab, silent, time.monotonic() - started)


def _seeded(
    estate: Estate,
    layout: Layout,
    folder: LabFolder,
    credentials: Credentials,
    repository: Repository,
    *,
    configurations: Path | None,
) -> tuple[Layout, Mapping[str, Seed]]:
    """The seed of every host, and the layout with the host keys and with what the lab had to make."""
    private = {host.name: made_private_key() for host in layout.hosts}
    hosts = tuple(replace(host, host_key=public_key(private[host.name])) for host in layout.hosts)
    layout = replace(layout, hosts=hosts)
    operator = _operator_key(folder)
    seeds = Seeds(estate, layout, credentials, repository, private, operator, configurations)
    found = {host.name: seeds.of(host) for host in layout.hosts}
    made = [Omission("secret", f"vault:{path}", path) for path in credentials.made]
    left = [Omission("configuration", host.name, line) for host in layout.hosts for line in seeds.untranslated(host)]
    return replace(layout, omissions=(*layout.omissions, *made, *left)), found


def _operator_key(folder: LabFolder) -> str:
    """Make the key that every host of the lab lets in; returns its public half."""
    private = made_private_key()
    write_files({folder.operator_key: private.encode()}, mode=0o600)
    return public_key(private)


def _made(lab: Lab, fill: Fill, *, disk_mib: int, report: Report) -> Raised:
    machines, total = lab.machines, len(lab.machines)
    footprint.widen()
    report(Progress("wire", 0, total))
    wire(lab.layout)

    def prepare(machine: Machine) -> None:
        machine.disk.make(disk_mib)
        fill(machine)
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
    disk.mount(machine.layers)
    if machine.host.name == layout.mirror or not layout.mirror:
        place = disk.root / MIRROR_FOLDER
        place.mkdir(parents=True, exist_ok=True)
        call("mount", "--bind", "-o", "ro", layout.repository, str(place))
