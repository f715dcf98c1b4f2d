"""Xun County from bare nodes to working roles, with the city's servers that it needs: rolled out, then used."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from yiwang.core.jobs.model import Run, RunState
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import eventually, lab_name, raised_lab

from .conftest import Fleet

pytestmark = [pytest.mark.xdist_group("rollouts"), pytest.mark.slow]

HEBI = Path(__file__).parents[3] / "examples/hebi"
TOWNSHIPS = ("410621101", "410621102")
CITY = "role=mirror|dns-time|log-server|bastion"
SERVERS = {"mirror-410600-1", "dns-410600-1", "dns-410600-2", "log-410600-1", "bastion-410600-1"}
COUNTY = "county=410621"
CANARY, OTHER_DESK, EXCHANGE = "desk-410621101", "desk-410621102", "exchange-410621-1"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The county, of whose townships two are left, and what it leans on; the estate's routers route."""
    folder = tmp_path_factory.mktemp("xun")
    estate = shutil.copytree(HEBI, folder / "hebi")
    leave_townships(estate / "regions/410621.yaml")
    for lab in raised_lab(load(estate).require(), Request(lab_name("xun"), parse_selector(COUNTY))):
        fleet = Fleet(lab, estate, folder / "state")
        assert eventually(partial(is_routed, fleet), seconds=120)
        yield fleet


def leave_townships(file: Path) -> None:
    """Take out of a county's file what belongs to its other townships."""
    declared = yaml.safe_load(file.read_text("utf-8"))
    gone = [str(code) for code in declared["regions"] if len(str(code)) == 9 and str(code) not in TOWNSHIPS]
    for section in ("regions", "devices", "nodes", "links"):
        kept = {name: each for name, each in declared[section].items() if not str(name).endswith(tuple(gone))}
        declared[section] = kept
    file.write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")


def is_routed(county: Fleet) -> bool:
    """Whether the city's bastion reaches the farthest township."""
    done = county.lab.machine("bastion-410600-1").run("ping", "-c", "1", "-W", "1", "59.207.129.170", check=False)
    return done.returncode == 0


def newest(county: Fleet) -> Run:
    return county.app.jobs.runs.all(limit=1)[0]


def why(county: Fleet) -> str:
    """What the steps of the newest run complain about."""
    return "\n".join(step.error for step in county.app.jobs.runs.steps(newest(county).id) if step.error)


def test_the_citys_servers_are_made_mirror_first_and_judged_together(county: Fleet) -> None:
    plan = county.plan(CITY)["plan"]
    deployment = county.app.deployment()
    deployment.approve(deployment.plans.find(plan), "li")

    done = county.yiwang("apply", plan)

    assert done.returncode == 0, why(county)
    order = [(step.wave, step.kind, step.target) for step in county.app.jobs.runs.steps(newest(county).id)]
    waves = [{target for wave, kind, target in order if wave == number} for number in range(3)]
    lean_on = {f"node/{name}" for name in SERVERS - {"bastion-410600-1"}}
    assert waves == [{"node/mirror-410600-1"}, lean_on - {"node/mirror-410600-1"}, lean_on]
    assert {step.kind for step in county.app.jobs.runs.steps(newest(county).id) if step.wave == 2} == {"deploy.gate"}


def test_a_planted_failure_stops_the_county_at_its_first_desk_and_resume_finishes_it(county: Fleet) -> None:
    plan = county.approved(COUNTY)
    canary = county.lab.machine(CANARY)
    canary.run("systemctl", "mask", "--runtime", "nftables")

    stopped = county.yiwang("apply", plan)
    state = newest(county).state
    told = why(county)
    spared = [
        county.lab.machine(name).run("test", "-e", "/etc/nftables.d", check=False) for name in (OTHER_DESK, EXCHANGE)
    ]
    canary.run("systemctl", "unmask", "--runtime", "nftables")
    resumed = county.yiwang("runs", "resume", newest(county).id)

    assert (stopped.returncode, state) == (4, RunState.halted)
    assert "nftables" in told
    assert [each.returncode for each in spared] == [1, 1]
    assert resumed.returncode == 0, why(county)
    assert newest(county).state is RunState.done


def test_a_second_plan_is_empty_on_every_node(county: Fleet) -> None:
    plans = [county.plan(selector) for selector in (CITY, COUNTY)]

    assert [(change["title"], change["targets"]) for plan in plans for change in plan["changes"]] == []
    assert {name for plan in plans for name in plan["unchanged"]} == {*SERVERS, CANARY, OTHER_DESK, EXCHANGE}


def test_a_township_gets_names_and_time_from_the_city(county: Fleet) -> None:
    desk = county.lab.machine(OTHER_DESK)

    assert "59.207.129.226" in desk.run("getent", "hosts", f"{EXCHANGE}.hebi.internal").stdout
    assert re.search(r"^\^\*", desk.run("chronyc", "sources").stdout, re.MULTILINE)


def test_what_a_township_logs_arrives_at_the_citys_log_server(county: Fleet) -> None:
    county.lab.machine(CANARY).run("logger", "-t", "counter", "window three opened")

    log = county.lab.machine("log-410600-1")
    kept = ("sh", "-c", f"cat /srv/yiwang/log/{CANARY}/*.log")
    assert eventually(lambda: "window three opened" in log.run(*kept, check=False).stdout)


def test_packages_come_from_the_citys_mirror(county: Fleet) -> None:
    desk = county.lab.machine(CANARY)

    desk.run("apt-get", "update")
    desk.run("apt-get", "install", "-y", "tree")

    asked = county.lab.machine("mirror-410600-1").run("cat", "/var/log/nginx/access.log").stdout
    assert re.search(r'^59\.207\.129\.162 .*"GET /\S*tree_\S+ HTTP/1.1" 200 ', asked, re.MULTILINE)


def test_the_exchange_nodes_database_works_and_is_closed_to_the_townships(county: Fleet) -> None:
    exchange, desk = county.lab.machine(EXCHANGE), county.lab.machine(CANARY)

    answer = exchange.run("runuser", "-u", "postgres", "--", "psql", "-XAtc", "SELECT 1").stdout
    refused = desk.run("timeout", "5", "bash", "-c", "exec 3<>/dev/tcp/59.207.129.226/5432", check=False)

    assert answer == "1\n"
    assert refused.returncode != 0


def test_every_node_left_evidence_of_its_change_and_of_every_gate(county: Fleet) -> None:
    verdicts: dict[str, set[str]] = {}
    for each in county.app.evidence.latest(subject_kind="node"):
        verdicts.setdefault(each.subject.name, set()).add(each.verdict)

    assert set(verdicts) == {*SERVERS, CANARY, OTHER_DESK, EXCHANGE}
    assert all(found == {"pass"} for found in verdicts.values()), json.dumps({n: list(v) for n, v in verdicts.items()})
