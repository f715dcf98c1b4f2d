"""A lab of a city and two counties: the broker at the city's node, a worker at a node of each county."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.deploy.conftest import Fleet
from tests.integration.core.jobs.distributed.conftest import Workers, site_steps
from tooling.rabbitmq import Node, is_installed
from yiwang.core.jobs.distributed.administration import Control, changes
from yiwang.core.jobs.distributed.topology import CONTROLLER, Topology
from yiwang.core.jobs.model import Step
from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.store import Vault
from yiwang.inventory.loading.load import load
from yiwang.lab.credentials import own_vault
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.lab.wiring import NETNS

ESTATES = Path(__file__).parents[2] / "estates"
XUN, QI = "410621", "410622"
PLACES = {XUN: "xun-1", QI: "qi-1"}
"""The node at which the worker of a site is."""
NODES = ("centre-1", "qi-1", "qi-2", "xun-1", "xun-2", "xun-3")
SITES = {name: {"xun": XUN, "qi": QI}.get(name.split("-")[0], "") for name in NODES}
BROKER, PORT = "59.243.0.2", 5671


@dataclass
class Within(Workers):
    """Workers in the networks of a lab's hosts; the broker is asked from the lab too."""

    lab: Lab | None = None

    def readers(self, site: str) -> int:
        """How many workers read the queue of a site."""
        assert self.lab is not None
        with self.lab.network():
            return super().readers(site)


@dataclass(frozen=True)
class Counties(Fleet):
    """The lab with its broker and its workers; ``yiwang`` is the city, and gives steps to the counties."""

    workers: Workers

    def command(self, *words: str) -> list[str]:
        file = self.workers.configuration(CONTROLLER, "city", broker={"control": str(self.workers.node.control)})
        return super().command("--config", str(file), *words)

    def alone(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the city does without any worker."""
        command = super().command(*words)
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self.environment, timeout=300)

    def begun(self, *words: str) -> subprocess.Popen[str]:
        """The city at work, in a group of processes of its own."""
        return subprocess.Popen(
            self.command(*words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            start_new_session=True,
        )

    def place(self, site: str) -> Path:
        """The folder with what a county has of the estate: its components, playbooks and secrets."""
        return self.workers.folder / f"county-{site}"

    def start_worker(self, site: str) -> subprocess.Popen[bytes]:
        keys = {site: str(self.place(site) / "key")}
        settings = {"estate": str(self.place(site)), "vault": {"keys": keys}}
        return self.workers.start(site, *at(self.lab, PLACES[site]), **settings)

    @property
    def newest(self) -> Any:
        return self.app.jobs.runs.all(limit=1)[0]

    def steps(self) -> list[Step]:
        """The steps of the newest run."""
        found: list[Step] = self.app.jobs.runs.steps(self.newest.id)
        return found


def at(lab: Lab, host: str) -> list[str]:
    """What runs a program of this machine in the network of a host."""
    return ["nsenter", f"--net={NETNS / lab.layout.namespace(host)}", "--"]


def is_reached(lab: Lab, host: str) -> bool:
    """Whether a host has a road to the broker: the routers need some seconds to find each other."""
    ask = [*at(lab, host), "bash", "-c", f"echo >/dev/tcp/{BROKER}/{PORT}"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def give_what_is_the_countys(counties: Counties, site: str) -> None:
    """The county's part of the vault with its key, and the files of the estate's own components."""
    place = counties.place(site)
    place.mkdir()
    new_key(place / "key")
    shutil.copytree(counties.estate / "components", place / "components")
    vault = place / "vault"
    vault.mkdir()
    (vault / "ids.yaml").write_text(yaml.safe_dump({"prefixes": {f"counties/{site}": site}}))
    secret = f"counties/{site}/key"
    known = own_vault(counties.lab.folder.secrets).open(secret)
    Vault(vault, Keys({site: place / "key"}, environ={})).set(secret, known)


@contextmanager
def raised_counties(folder: Path) -> Iterator[Counties]:
    """The lab with its broker and its workers, for the length of a block."""
    if not is_installed():
        pytest.skip("RabbitMQ is not installed (apt-get install rabbitmq-server)")
    estate = folder / "estate"
    shutil.copytree(ESTATES / "sites", estate)
    shutil.copytree(ESTATES / "fleet" / "components", estate / "components")
    # RabbitMQ's own account must get at its folder.
    private = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
    for lab in raised_lab(load(estate).require(), Request(lab_name("sites"))):
        node = Node(private, address=BROKER, port=PORT, prefix=at(lab, "centre-1"))
        workers = Within(node, folder, site_steps(folder / "packages"), lab=lab)
        made = Counties(lab, estate, folder / "state", workers)
        try:
            node.prepare()
            node.start()
            control = Control(node.control)
            control.apply(changes(Topology((XUN, QI)), control.definitions()), "yiwang")
            for site in (XUN, QI):
                give_what_is_the_countys(made, site)
                assert eventually(partial(is_reached, lab, PLACES[site])), site
            yield made
        finally:
            workers.kill_all()
            node.kill()
            shutil.rmtree(private, ignore_errors=True)
