"""A fleet of real nodes, and what people do with it from the command line."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from yiwang.app import App
from yiwang.core.settings import load_settings
from yiwang.inventory.loading.load import load
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import lab_name, raised_lab
from yiwang.lab.lab import Lab

FLEET = Path(__file__).parents[2] / "estates/fleet"


@dataclass(frozen=True)
class Fleet:
    """A lab of nodes with the estate that declares them, and a database of its own."""

    lab: Lab
    estate: Path
    state: Path

    @property
    def environment(self) -> dict[str, str]:
        folders = {"YIWANG_STATE_FOLDER": str(self.state), "YIWANG_CACHE_FOLDER": str(self.state / "cache")}
        return {**os.environ, **folders, "LC_ALL": "C.UTF-8", "COLUMNS": "200"}

    def command(self, *words: str) -> list[str]:
        return ["yiwang", "lab", "run", "--lab", self.lab.layout.name, "--", "yiwang", *words]

    def yiwang(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, env=self.environment, timeout=900
        )

    @property
    def app(self) -> App:
        flags = (
            f"lab.name={self.lab.layout.name}",
            f"estate={self.estate}",
            f"state_folder={self.state}",
            f"cache_folder={self.state / 'cache'}",
        )
        return App(load_settings(flags))

    def plan(self, selector: str = "") -> dict[str, Any]:
        done = self.yiwang("plan", *([selector] if selector else []), "-o", "json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)["items"]
        return found

    def approved(self, selector: str = "") -> str:
        """The id of a plan that somebody else has approved."""
        plan = str(self.plan(selector)["plan"])
        deployment = self.app.deployment()
        deployment.approve(deployment.plans.find(plan), "li")
        return plan

    def declare(self, **values: Any) -> None:
        """Say something else of the component's values, of every node."""
        file = self.estate / "values.yaml"
        file.write_text(
            yaml.safe_dump({"groups": {"all": {"select": "kind=node", "node": {"vars": {"notice": values}}}}})
        )


def fleet_of(folder: Path, count: int) -> Path:
    """The estate of so many nodes."""
    estate = folder / "estate"
    shutil.copytree(FLEET, estate)
    nodes = {
        f"node-{number:02d}": {
            "region": "410600" if number % 2 else "410621",
            "addresses": {"extranet": f"59.240.{number >> 6}.{number % 64 * 4 + 1}/30"},
        }
        for number in range(1, count + 1)
    }
    (estate / "nodes.yaml").write_text(yaml.safe_dump({"nodes": nodes}))
    return estate


def raised_fleet(folder: Path, count: int) -> Iterator[Fleet]:
    """A fleet that is up, for the life of a fixture."""
    estate = fleet_of(folder, count)
    for lab in raised_lab(load(estate).require(), Request(lab_name("fleet"))):
        yield Fleet(lab, estate, folder / "state")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    yield from raised_fleet(tmp_path_factory.mktemp("fleet"), 6)


@pytest.fixture(scope="module")
def raise_fleet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Brings a fleet of so many nodes up, for the life of a fixture."""
    return lambda count: raised_fleet(tmp_path_factory.mktemp("fleet"), count)


@pytest.fixture(scope="session")
def fleet_type() -> type[Fleet]:
    """What wraps any lab of nodes."""
    return Fleet
