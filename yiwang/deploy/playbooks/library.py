"""The playbooks of an estate, and with what they are run."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from yiwang.core.errors import Position
from yiwang.core.vault.keys import Keys
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.specification import Part
from yiwang.deploy.playbooks.faults import MISSING
from yiwang.deploy.playbooks.mitogen import STRATEGY, strategies
from yiwang.deploy.playbooks.project import Project, project_of

PLACES = 2 * (os.cpu_count() or 1)
"""Each Ansible takes some hundred megabytes and a processor, so no more of them run at once."""

KEPT_SECONDS = 30 * 24 * 3600
"""What Ansible made of modules is given up when nobody has used it for so long."""


class Playbooks:
    """The playbooks below an estate's folder.

    ``keys`` open what departments have encrypted, by vault id; ``strategy`` is how Ansible goes through
    the tasks: ``linear``, or ``mitogen_linear`` where that is installed.  ``cache`` is a folder for what
    Ansible makes of modules; it may be emptied.
    """

    def __init__(
        self,
        estate: Path = Path(),
        *,
        keys: Keys | None = None,
        strategy: str = "linear",
        cache: Path | None = None,
    ) -> None:
        self.keys = keys or Keys({})
        self.strategy = strategy
        self.places = BoundedSemaphore(PLACES)
        self.mitogen = strategies() if strategy == STRATEGY else None
        self._estate = estate
        self._cache = cache
        self._codes: dict[Path, str] = {}

    @property
    def lacks_mitogen(self) -> bool:
        """Whether the strategy is one that cannot be had here, so that playbooks run as always."""
        return self.strategy == STRATEGY and self.mitogen is None

    def project(self, playbook: str) -> Project:
        """The project of a playbook; raises DeployError (E2071)."""
        return project_of(self._estate, playbook)

    def built(self, code: str) -> Path | None:
        """The folder of modules that were built for a project by its digest; only for this user.

        Ansible names them by the module alone, and a project may have modules of its own.
        """
        if self._cache is None:
            return None
        folder = self._cache / f"{version('ansible-core')}-{code}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)
        for other in self._cache.iterdir():
            if time.time() - other.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
        return folder

    def part(self, playbook: str, values: Mapping[str, Any], *, role: str, position: Position) -> Part:
        """A playbook with its variables, as a plan holds it.

        Raises:
            DeployError: it is not there (E2070), or not below playbooks/ (E2071).
        """
        if not (self._estate / playbook).is_file():
            raise DeployError(MISSING, position=position, role=role, playbook=playbook)
        project = self.project(playbook)
        if project.folder not in self._codes:
            self._codes[project.folder] = project.digest()
        return Part(playbook, values, self._codes[project.folder])
