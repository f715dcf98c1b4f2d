"""A city's business servers with their components, each made when a test first asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from yiwang.inventory.loading.load import load
from yiwang.lab.credentials import own_vault
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import lab_name, raised_lab
from yiwang.lab.lab import as_seen_from
from yiwang.lab.machine import Machine

SERVICES = Path(__file__).parents[4] / "estates" / "services"
SECRETS = {
    "vault:database/population": "Correct horse 电池 staple",
    "vault:database/report": "another-1",
    "vault:backup/password": "opens every backup",
}
ROLES: dict[str, tuple[str, ...]] = {
    "exchange-1": ("baseline", "database", "exchange"),
    "proxy-1": ("baseline", "web"),
    "web-1": ("baseline", "node-exporter", "web"),
    "monitor-1": ("baseline", "node-exporter", "monitor"),
    "database-1": ("baseline", "node-exporter", "database", "backup-client"),
    "bigdata-1": ("baseline", "bigdata"),
    "router-1": ("baseline", "router"),
    "backup-1": ("baseline", "backup"),
}


@dataclass(frozen=True)
class Services:
    """The bench of the lab, with the nodes that were made so far."""

    bench: Any
    made: set[str] = field(default_factory=set)

    def node(self, name: str) -> Machine:
        """A node with the components of its roles."""
        if name not in self.made:
            self.bench.apply(name, *ROLES[name])
            self.made.add(name)
        return self.bench.node(name)

    def bare(self, name: str, *packages: str) -> Machine:
        """A node without any component, but with packages."""
        machine = self.bench.node(name)
        if packages:
            install = f"apt-get update -q && apt-get install -qy --no-install-recommends {' '.join(packages)}"
            machine.run("sh", "-c", f"dpkg -s {' '.join(packages)} || {{ {install}; }}")
        return machine


@pytest.fixture(scope="session")
def services(bench: Any) -> Iterator[Services]:
    """The lab of business servers."""
    estate = load(SERVICES).require()
    for lab in raised_lab(estate, Request(lab_name("components"))):
        own = own_vault(lab.folder.secrets)
        made = {f"vault:{path}": own.open(path).reveal() for path in own.paths()}
        yield Services(bench(lab, as_seen_from(lab, estate), SECRETS | made))
