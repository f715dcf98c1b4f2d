"""Xun County from bare nodes to working roles: planned, approved, rolled out in waves, used."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.jobs.model import RunState
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab

pytestmark = [pytest.mark.xdist_group("lab"), pytest.mark.slow]

HEBI = Path(__file__).parents[3] / "examples/hebi"
ROUTERS = ("core-410600-1", "core-410600-2", "edge-410621", "access-410621101", "access-410621102")
CITY = ("mirror-410600-1", "dns-410600-1", "dns-410600-2", "log-410600-1", "bastion-410600-1")
COUNTY = ("exchange-410621-1", "desk-410621101", "desk-410621102")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, fleet_type: Any) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("xun")
    shutil.copytree(HEBI, folder / "hebi")
    chosen = parse_selector("|".join((*ROUTERS, *CITY, *COUNTY)))
    for lab in raised_lab(load(folder / "hebi").require(), Request(lab_name("xun"), chosen, is_exact=True)):
        assert eventually(partial(is_routed, lab), seconds=120)
        yield fleet_type(lab, folder / "hebi", folder / "state")


def is_routed(lab: Any) -> bool:
    done = lab.machine("bastion-410600-1").run("ping", "-c", "1", "-W", "1", "59.207.129.162", check=False)
    return bool(done.returncode == 0)


def selected(*names: str) -> str:
    return f"name={'|'.join(names)}"


def newest(county: Any) -> Any:
    return county.app.jobs.runs.all(limit=1)[0]


def why(county: Any) -> str:
    return "\n".join(step.error for step in county.app.jobs.runs.steps(newest(county).id) if step.error)


def test_the_citys_servers_are_made_together_and_then_judged(county: Any) -> None:
    done = county.yiwang("apply", county.approved(selected(*CITY)))

    assert done.returncode == 0, why(county)
    assert newest(county).state is RunState.done


def test_a_planted_failure_stops_the_county_at_its_canary_and_resume_finishes_it(county: Any) -> None:
    plan = county.approved(selected(*COUNTY))
    canary = county.lab.machine("desk-410621101")
    canary.run("systemctl", "mask", "--runtime", "nftables")

    stopped = county.yiwang("apply", plan)
    others = [county.lab.machine(name).run("test", "-e", "/etc/nftables.d", check=False).returncode for name in COUNTY]
    canary.run("systemctl", "unmask", "--runtime", "nftables")
    resumed = county.yiwang("runs", "resume", newest(county).id)

    assert stopped.returncode == 4
    assert others[0] == others[2] == 1
    assert resumed.returncode == 0, why(county)


def test_a_second_plan_is_empty_on_every_node(county: Any) -> None:
    plan = county.plan(selected(*CITY, *COUNTY))

    assert [(change["title"], change["targets"]) for change in plan["changes"]] == []
    assert plan["problems"] == []


def test_a_township_gets_names_and_time_from_the_city(county: Any) -> None:
    desk = county.lab.machine("desk-410621102")

    assert "59.207.129.226" in desk.run("getent", "hosts", "exchange-410621-1.hebi.internal").stdout
    assert re.search(r"^\^\*", desk.run("chronyc", "sources").stdout, re.MULTILINE)


def test_what_a_township_logs_arrives_at_the_citys_log_server(county: Any) -> None:
    county.lab.machine("desk-410621101").run("logger", "-t", "counter", "window three opened")
    log = county.lab.machine("log-410600-1")

    found = ("sh", "-c", "grep -rh 'window three opened' /srv/yiwang/log || zstdgrep -rh window /srv/yiwang/log")
    assert eventually(lambda: "counter" in log.run(*found, check=False).stdout)


def test_packages_come_from_the_citys_mirror_only(county: Any) -> None:
    desk = county.lab.machine("desk-410621101")

    desk.run("apt-get", "update")
    desk.run("apt-get", "install", "-y", "tree")

    policy = desk.run("apt-cache", "policy", "tree").stdout
    assert "59.207.130.201" in policy


def test_the_exchange_node_has_a_database_that_only_its_own_may_enter(county: Any) -> None:
    exchange = county.lab.machine("exchange-410621-1")

    assert exchange.run("runuser", "-u", "postgres", "--", "psql", "-XAtc", "SELECT 1").stdout == "1\n"
    desk = county.lab.machine("desk-410621101")
    refused = desk.run("timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/59.207.129.226/5432", check=False)
    assert refused.returncode != 0


def test_every_node_left_evidence_of_every_gate(county: Any) -> None:
    latest = county.app.evidence.latest(subject_kind="node")

    verdicts: dict[str, set[str]] = {}
    for each in latest:
        verdicts.setdefault(each.subject.name, set()).add(each.verdict)
    assert set(verdicts) == {*CITY, *COUNTY}
    assert all(found == {"pass"} for found in verdicts.values()), json.dumps({n: list(v) for n, v in verdicts.items()})
