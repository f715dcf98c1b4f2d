"""How fast a lab comes up and how much memory its hosts take, on a quiet machine; root only.

``python benchmarks/lab.py [NODES [ROUTERS]]``: default 100 hosts with SSH, then 40 routers in a tree.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.core.settings import LabSettings, load_settings
from yiwang.inventory.loading.load import load
from yiwang.lab import cgroup
from yiwang.lab.booting import AT_ONCE
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually
from yiwang.lab.lab import Lab
from yiwang.lab.lowering import lower
from yiwang.lab.raising import Raised, raise_lab
from yiwang.lab.readiness import available_mib

FAN = 3
HEADER = {
    "estate": {"name": "bench", "title": "bench", "region": "410600"},
    "addressing": {"blocks": {"service": "59.240.0.0/12"}},
    "regions": {"410600": {"title": "鹤壁市", "level": "city"}},
    "zones": {"extranet": {"title": "extranet"}},
}


def nodes_only(count: int) -> dict[str, object]:
    """An estate of nodes that stand alone."""
    nodes = {
        f"node-{number}": {
            "region": "410600",
            "zone": "extranet",
            "roles": ["service-point"],
            "addresses": {"extranet": f"59.240.{number >> 6}.{number % 64 * 4 + 1}/30"},
        }
        for number in range(count)
    }
    return {**HEADER, "nodes": nodes}


def router_tree(count: int) -> dict[str, object]:
    """An estate of routers in a tree, each with up to three below it."""
    devices = {
        f"router-{number}": {
            "region": "410600",
            "platform": "frr",
            "role": "core" if number == 0 else "access",
            "management": f"59.241.0.{number + 1}",
            "interfaces": dict(_ports(number, count)),
            "routing": {"ospf": {"area": 0}},
            "snmp": {"version": "2c", "community": "vault:bench/community"},
        }
        for number in range(count)
    }
    links = {
        f"link-{number}": {"ends": [f"router-{(number - 1) // FAN}:down{number}", f"router-{number}:up"]}
        for number in range(1, count)
    }
    return {**HEADER, "devices": devices, "links": links}


def _ports(number: int, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    if number:
        yield "up", {"address": f"59.242.{number >> 7}.{number % 128 * 2 + 1}/31"}
    for below in range(number * FAN + 1, min(number * FAN + FAN + 1, count)):
        yield f"down{below}", {"address": f"59.242.{below >> 7}.{below % 128 * 2}/31"}


def proportional_mib(lab: Lab) -> float:
    """The hosts' share of memory (PSS), all together, in MiB."""
    group = cgroup.groups(lab.layout.slot)[0]
    total = 0
    for pid in cgroup.processes(group):
        try:
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return total / 1024


def brought_up(declared: dict[str, object], settings: LabSettings) -> tuple[Raised, float, float]:
    """The lab of an estate, the seconds until every host answers, and the memory that went, in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "estate.yaml").write_text(yaml.safe_dump(declared, allow_unicode=True))
        estate = load(Path(folder)).require()
        before, started = available_mib(), time.monotonic()
        raised = raise_lab(estate, Request("bench"), vault=None, settings=settings)
        return raised, time.monotonic() - started, before - available_mib()


def is_routed(lab: Lab) -> bool:
    """Whether the last router reaches the first."""
    last = lab.machine(f"router-{len(lab.layout.hosts) - 1}")
    return last.run("ping", "-c", "1", "-W", "1", "59.241.0.1", check=False).returncode == 0


def measured(title: str, declared: dict[str, object], settings: LabSettings) -> list[object]:
    """A row of the table."""
    raised, seconds, memory = brought_up(declared, settings)
    lab = raised.lab
    hosts = len(lab.layout.hosts)
    try:
        if raised.silent:
            raise SystemExit(f"hosts do not answer: {raised.silent}")
        routed = time.monotonic()
        if title == "routers" and not eventually(lambda: is_routed(lab), seconds=180):
            raise SystemExit("the routers do not find each other")
        routing = time.monotonic() - routed if title == "routers" else ""
        share = proportional_mib(lab) / hosts
    finally:
        started = time.monotonic()
        lower(lab.folder)
    down = time.monotonic() - started
    return [title, hosts, seconds, seconds / hosts, routing, share, memory / hosts, down]


def main() -> None:
    """Measure both kinds."""
    nodes, routers = (int(word) for word in (*sys.argv[1:], *("100", "40")[len(sys.argv) - 1 :]))
    settings = load_settings().settings.lab
    # The image is not what is measured.
    raised, _seconds, _memory = brought_up(nodes_only(1), settings)
    lower(raised.lab.folder)
    rows = [
        measured("sshd nodes", nodes_only(nodes), settings),
        measured("routers", router_tree(routers), settings),
    ]
    headings = ("", "hosts", "s", "s a host", "s to route", "PSS MiB", "MiB a host", "s down")
    show(f"bring-up, {AT_ONCE} at once", headings, rows)
    print("goals: <= 0.4 s a sshd node, <= 0.6 s and <= 35 MiB a router")


if __name__ == "__main__":
    main()
