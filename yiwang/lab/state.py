"""What is kept of each lab on this machine, so that any later call finds, uses and removes it."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.model.names import NAME_PATTERN
from yiwang.lab.naming import SLOTS

if TYPE_CHECKING:
    from yiwang.lab.layout import Host, Layout

ROOT = Path("/run/yiwang-lab")
"""The labs of this machine; gone after it restarts, as are their namespaces."""

NO_LAB = code(
    "E6010", N_('there is no lab "{name}"{suggestion}'), N_("`yiwang lab list` shows the labs of this machine")
)
NO_LABS = code("E6011", N_("there is no lab on this machine"), N_("bring one up: yiwang lab up"))
WHICH_LAB = code("E6012", N_("there are several labs: {names}"), N_("say which: --lab NAME"))
LAB_EXISTS = code(
    "E6013",
    N_('there is a lab "{name}" already'),
    N_("use it, take it down (yiwang lab down), or name another: --lab NAME"),
)
BAD_NAME = code(
    "E6016", N_('"{name}" cannot be the name of a lab'), N_("use lower-case letters, digits and hyphens, at most 63")
)
NO_SLOT = code("E6014", N_("this machine carries {most} labs already"), N_("take one down: yiwang lab down --lab NAME"))


@dataclass(frozen=True, slots=True)
class LabFolder:
    """The folder of one lab under :data:`ROOT`."""

    path: Path

    @property
    def name(self) -> str:
        """The lab's name."""
        return self.path.name

    @property
    def layout_file(self) -> Path:
        """The layout, written before anything of the lab is made."""
        return self.path / "lab.json"

    @property
    def secrets(self) -> Path:
        """What only root may read: the lab's own vault and keys."""
        return self.path / "secrets"

    @property
    def operator_key(self) -> Path:
        """The private key that every host lets in as its declared account."""
        return self.secrets / "operator"

    @property
    def faults(self) -> Path:
        """One file for each fault in force."""
        return self.path / "faults"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the lab; beside its folder, so that it outlives it."""
        return ROOT / f".{self.name}.lock"

    @property
    def complete(self) -> Path:
        """Stands when every host has been made; without it the lab is half made."""
        return self.path / "complete"

    def host(self, name: str) -> Path:
        """The folder of a host."""
        return self.path / "hosts" / name

    def read(self) -> Layout:
        """The layout."""
        import msgspec

        from yiwang.lab.layout import Layout

        return msgspec.json.decode(self.layout_file.read_bytes(), type=Layout)

    def write(self, layout: Layout) -> None:
        """Put the layout in its place, whole."""
        import msgspec

        from yiwang.core.writing import write_files

        self.path.mkdir(parents=True, exist_ok=True, mode=0o755)
        write_files({self.layout_file: msgspec.json.format(msgspec.json.encode(layout), indent=1)})

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one call at a time changes the lab."""
        with _locked(self.lock):
            yield


def lab_path(name: str) -> Path:
    """Where a lab of that name is kept.

    Raises:
        UsageError: the name cannot be one (E6016).
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(BAD_NAME, name=name)
    return ROOT / name


def lab_folders() -> tuple[LabFolder, ...]:
    """The labs of this machine, by name."""
    if not ROOT.is_dir():
        return ()
    return tuple(LabFolder(path) for path in sorted(ROOT.iterdir()) if (path / "lab.json").is_file())


def find_lab(name: str = "") -> LabFolder:
    """The lab of that name; without a name the only one.

    Raises:
        NotFoundError: there is none of that name (E6010) or none at all (E6011).
        UsageError: there are several and none was named (E6012).
    """
    known = {each.name: each for each in lab_folders()}
    if name:
        if name not in known:
            raise NotFoundError(NO_LAB, name=name, suggestion=suggestion(name, known))
        return known[name]
    if not known:
        raise NotFoundError(NO_LABS)
    if len(known) > 1:
        raise UsageError(WHICH_LAB, names=", ".join(known))
    return next(iter(known.values()))


@contextmanager
def free_slot(name: str) -> Iterator[int]:
    """A slot that nobody uses; hold it until the layout is written.

    Raises:
        UsageError: the lab exists (E6013) or all slots are taken (E6014).
    """
    with counted() as labs:
        if any(each.name == name for each in labs):
            raise UsageError(LAB_EXISTS, name=name)
        taken = {each.read().slot for each in labs}
        slot = next((each for each in range(SLOTS) if each not in taken and not _is_in_use(each)), None)
        if slot is None:
            raise UsageError(NO_SLOT, most=SLOTS)
        yield slot


def _is_in_use(slot: int) -> bool:
    return Path(f"/run/netns/yw{slot}").exists() or Path(f"/sys/class/net/yw{slot}").exists()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    handle = _held(file)
    try:
        yield
    finally:
        os.close(handle)


def _held(file: Path) -> int:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    # Who held it may have removed the file: then the lock is on a file that nobody else will open.
    if file.exists() and file.stat().st_ino == os.fstat(handle).st_ino:
        return handle
    os.close(handle)
    return _held(file)


@contextmanager
def counted() -> Iterator[tuple[LabFolder, ...]]:
    """The labs of this machine, while none comes or goes."""
    ROOT.mkdir(mode=0o755, exist_ok=True)
    with _locked(ROOT / ".slots.lock"):
        yield lab_folders()


def host_of(layout: Layout, name: str) -> Host:
    """A host of the lab by its name.

    Raises:
        NotFoundError: there is none (E6015).
    """
    if name not in layout.by_name:
        raise NotFoundError(NO_HOST, name=name, lab=layout.name, suggestion=suggestion(name, layout.by_name))
    return layout.by_name[name]


NO_HOST = code(
    "E6015", N_('there is no host "{name}" in the lab {lab}{suggestion}'), N_("`yiwang lab status` shows its hosts")
)
