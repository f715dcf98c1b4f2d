"""Workers at two hosts of a lab and the broker at a third: a road that is cut loses nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.core.jobs.distributed.conftest import Workers, site_steps, within
from tooling.rabbitmq import Node, is_installed
from yiwang.core.database.connection import open_database
from yiwang.core.jobs.distributed.topology import CONTROLLER
from yiwang.core.jobs.model import Policy, RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs
from yiwang.lab.faults.force import clear_all, put_in_force
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import read_request
from yiwang.lab.lab import Lab
from yiwang.lab.wiring import NETNS

pytestmark = [pytest.mark.xdist_group("lab"), pytest.mark.slow]

CITY, COUNTY, TOWNSHIP = "mirror-1", "exchange-1", "desk-1"
SITES = {"410621": COUNTY, "410621101": TOWNSHIP}
BROKER = "59.255.0.10"
PORT = 5671
STEPS = 40


def _at(lab: Lab, host: str) -> list[str]:
    """What runs a program of this machine in the network of a host."""
    return ["nsenter", f"--net={NETNS / lab.layout.namespace(host)}", "--"]


@dataclass
class Far(Workers):
    """Workers at hosts of a lab; the broker is asked from the city."""

    lab: Lab | None = None

    def city(self, *arguments: str) -> list[str]:
        """A command of ours at the city."""
        assert self.lab is not None
        control = {"control": str(self.node.control)}
        file = self.configuration(CONTROLLER, "city", broker=control)
        return [*_at(self.lab, CITY), *self.command("--config", file, *arguments)]

    def readers(self, site: str) -> int:
        """How many workers read the queue of a site."""
        command = self.city("broker", "status", "--site", site, "-o", "json")
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=self.environment)
        return json.loads(answer.stdout)["items"][0]["workers"] or 0


@pytest.fixture
def far(lab_estate: Lab, tmp_path: Path) -> Iterator[Far]:
    """A broker at the city's node, with the queues of both sites."""
    if not is_installed():
        pytest.skip("RabbitMQ is not installed (apt-get install rabbitmq-server)")
    folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
    node = Node(folder, address=BROKER, port=PORT, prefix=_at(lab_estate, CITY))
    made = Far(node, tmp_path, site_steps(tmp_path / "packages"), lab=lab_estate)
    try:
        node.prepare()
        node.start()
        sites = [word for site in SITES for word in ("--site", site)]
        subprocess.run(made.city("broker", "apply", *sites), check=True, capture_output=True, env=made.environment)
        yield made
    finally:
        made.kill_all()
        clear_all(lab_estate)
        node.kill()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_run_at_two_hosts_of_a_lab_survives_the_road_between_them_being_cut(
    far: Far, lab_estate: Lab, tmp_path: Path
) -> None:
    log, url = tmp_path / "log", f"sqlite:///{tmp_path}/city/yiwang.db"
    for site, host in SITES.items():
        far.start(site, *_at(lab_estate, host))
    database = open_database(url)
    places = list(SITES)
    steps = tuple(
        StepSpec(f"{n:02d}", "work", f"t{n}", n // 20, {"log": str(log), "seconds": 0.4}, site=places[n % 2])
        for n in range(STEPS)
    )
    run = Runs(database).create(RunPlan("test", "a test", steps, Policy(retry_seconds=0.05)))

    with subprocess.Popen(far.city("runs", "resume", run.id), env=far.environment, stderr=subprocess.DEVNULL) as city:
        assert within(60, lambda: log.exists() and len(log.read_text().splitlines()) > 8)
        put_in_force(
            lab_estate,
            read_request(lab_estate.layout, find_fault("link"), ["county", "down"], {}),
            by="test",
            seconds=None,
        )
        time.sleep(10)
        at_cut = len(log.read_text().splitlines())
        time.sleep(2)
        during = len(log.read_text().splitlines())
        clear_all(lab_estate)
        code = city.wait(180)

    lines = [line.split() for line in log.read_text().splitlines()]
    starts = Counter(line[2] for line in lines if line[1] == "START")
    finished = Runs(database).find(run.id)
    found = Runs(database).steps(run.id)
    database.close()
    assert during == at_cut, "the road was not cut"
    assert (code, finished.state) == (0, RunState.done)
    assert len(starts) == STEPS
    # Two ran at each site; those that outlasted their lease are given out again.
    assert sum(starts.values()) <= STEPS + 4
    assert {step.failures for step in found} == {0}
    assert {line[3] for line in lines if int(line[2]) % 2 == 0} == {places[0]}
