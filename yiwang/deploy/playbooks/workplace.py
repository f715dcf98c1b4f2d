"""Where ansible-core works: a copy of the project, the inventory, and nothing of the caller's."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.playbooks import plugins
from yiwang.deploy.playbooks.asking import PLACE
from yiwang.deploy.playbooks.mitogen import STRATEGY
from yiwang.deploy.playbooks.program import BUILT
from yiwang.deploy.playbooks.project import Project

# What of the caller's environment Ansible may see; above all nothing that begins with ANSIBLE_.
KEPT = ("PATH", "TZ")
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only the parent of a folder of our own
REMOTE_FOLDER = "/tmp"  # noqa: S108 - Ansible makes a folder of its own in it
PLUGINS = Path(plugins.__path__[0])


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder for one run of a playbook on one node."""

    folder: Path
    project: Project
    strategies: Path | None = None
    built: Path | None = None

    @property
    def socket(self) -> Path:
        """Where Ansible asks for what it wants of the node."""
        return self.folder / "node"

    def words(self, handover: Handover, keys: Mapping[str, str], *, is_changing: bool) -> list[str]:
        """The program and its arguments; keys by vault id are handed over by their places."""
        program = [sys.executable, "-I", "-B", "-m", "yiwang.deploy.playbooks.program"]
        opened = [word for id, key in keys.items() for word in ("--vault-id", f"{id}@{handover.offer(key)}")]
        mode = ["--diff"] if is_changing else ["--check", "--diff"]
        inventory = str(self.folder / "inventory.json")
        places = [str(os.getpid()), str(self.folder), str(self.project.playbook)]
        return [*program, *places, "-i", inventory, *opened, *mode]

    def environment(self) -> dict[str, str]:
        """Everything that Ansible sees of its surroundings."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        settings = {f"ANSIBLE_{name}": str(value) for name, value in self._settings().items()}
        built = {BUILT: str(self.built)} if self.built else {}
        return {**kept, **built, "LC_ALL": "C.UTF-8", "HOME": str(self.folder), PLACE: str(self.socket), **settings}

    def _settings(self) -> dict[str, Any]:
        return {
            "CONFIG": self.folder / "ansible.cfg",
            "HOME": self.folder / "ansible",
            "LOCAL_TEMP": self.folder / "ansible",
            "REMOTE_TEMP": REMOTE_FOLDER,
            "INVENTORY_ENABLED": "yaml",
            "CONNECTION_PLUGINS": PLUGINS / "connection",
            "CALLBACK_PLUGINS": PLUGINS / "callback",
            "STDOUT_CALLBACK": "yiwang_results",
            "ROLES_PATH": self.project.folder / "roles",
            "COLLECTIONS_PATH": self.project.collections,
            "COLLECTIONS_SCAN_SYS_PATH": "false",
            "PIPELINING": "true",
            "NOCOLOR": "true",
            "DEPRECATION_WARNINGS": "false",
            "LOCALHOST_WARNING": "false",
            **({"STRATEGY": STRATEGY, "STRATEGY_PLUGINS": self.strategies} if self.strategies else {}),
        }


@contextmanager
def workplace(
    project: Project, inventory: Mapping[str, Any], *, strategies: Path | None, built: Path | None
) -> Iterator[Workplace]:
    """A workplace that is gone afterwards; in memory, because Ansible writes what it decrypts into files."""
    parent = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="yiwang-", dir=parent))
    try:
        (folder / "ansible.cfg").touch()
        (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
        yield Workplace(folder, project.copied(folder / "project"), strategies, built)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
