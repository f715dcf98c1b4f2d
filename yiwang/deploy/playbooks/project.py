"""The folder that a playbook belongs to, and the digest of all that it can use."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.playbooks.faults import LEADS_OUT, NO_PROJECT

PLAYBOOKS = "playbooks"
SIGNS = ("roles", "ansible.cfg")
COLLECTIONS = "collections"
PASSED_OVER = (".git", "__pycache__")
_VAULTED = re.compile(rb"\$ANSIBLE_VAULT;(1\.\d);AES256(?:;([^\r\n]*))?\r?\n")
UNNAMED = "default"


@dataclass(frozen=True, slots=True)
class Project:
    """A playbook's folder; ``collections`` are the estate's."""

    folder: Path
    playbook: Path
    collections: Path

    def copied(self, place: Path) -> Project:
        """The same in another folder, so that what was digested is what runs."""
        shutil.copytree(self.folder, place, symlinks=True, ignore=shutil.ignore_patterns(*PASSED_OVER))
        return Project(place, place / self.playbook.relative_to(self.folder), self.collections)

    def digest(self) -> str:
        """Of every file that the playbook can use.

        Raises:
            DeployError: a link leads out of the folder (E2078).
        """
        whole = blake2b(digest_size=16)
        for folder in (self.folder, self.collections):
            for name, content in _contents(folder):
                whole.update(f"{name}\0{len(content)}\n".encode("utf-8", "surrogateescape"))
                whole.update(content)
        return whole.hexdigest()

    def vault_ids(self) -> tuple[str, ...]:
        """The ids of the keys that open what is encrypted in it, sorted."""
        found = {each for _name, content in _contents(self.folder) for each in vault_ids(content)}
        return tuple(sorted(found))


def project_of(estate: Path, playbook: str) -> Project:
    """The project of a playbook.

    Raises:
        DeployError: it is not below the estate's playbooks/ (E2071).
    """
    top, file = (estate / PLAYBOOKS).resolve(), (estate / playbook).resolve()
    above = [folder for folder in file.parents if folder.is_relative_to(top)]
    if not above:
        raise DeployError(NO_PROJECT, playbook=playbook)
    found = (folder for folder in above if any((folder / sign).exists() for sign in SIGNS))
    return Project(next(found, file.parent), file, top.with_name(COLLECTIONS))


def vault_ids(content: bytes) -> Iterator[str]:
    """The vault ids that are named in a file, be it encrypted as a whole or in places."""
    for version, name in _VAULTED.findall(content):
        yield name.decode("utf-8", "replace").strip() if version == b"1.2" and name else UNNAMED


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for inside, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER)
        for name in sorted((*files, *(each for each in folders if Path(inside, each).is_symlink()))):
            path = Path(inside, name)
            shown = str(path.relative_to(folder))
            if path.is_symlink():
                yield shown, _link(folder, path)
            elif name not in PASSED_OVER and path.is_file():
                yield shown, path.read_bytes()


def _link(folder: Path, path: Path) -> bytes:
    target = path.readlink()
    if target.is_absolute() or not (path.parent / target).resolve().is_relative_to(folder.resolve()):
        raise DeployError(LEADS_OUT, path=path)
    return b"link to " + os.fsencode(target)
