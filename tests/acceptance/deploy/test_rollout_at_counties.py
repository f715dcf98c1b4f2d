"""A rollout whose steps are carried out by workers at the counties: the same evidence, whatever breaks under way."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.acceptance.deploy.counties import NODES, PLACES, QI, SITES, XUN, Counties, raised_counties
from yiwang.core.evidence import Subject
from yiwang.core.jobs.model import RunState
from yiwang.core.vault.cipher import encrypt
from yiwang.core.vault.keys import Keys
from yiwang.lab.faults.force import clear_all, put_in_force
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import read_request
from yiwang.lab.fixtures import eventually

pytestmark = [pytest.mark.xdist_group("rollouts"), pytest.mark.slow]

PASSED = {"apply": "pass", "gate.ssh": "pass", "gate.service": "pass", "gate.command": "pass"}
LONG = 6.0
HEALTH = "playbooks/health/site.yml"
PASSWORD = "aiM7-of-the-health-bureau"
AS_BEFORE = """
systemctl disable -q --now notice; rm -f /etc/systemd/system/notice.service /usr/local/bin/notice-check
cp /etc/issue.net.bare /etc/issue.net; systemctl daemon-reload
"""


@pytest.fixture(scope="module")
def counties(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counties]:
    with raised_counties(tmp_path_factory.mktemp("counties")) as made:
        for name in NODES:
            made.lab.machine(name).run("cp", "/etc/issue.net", "/etc/issue.net.bare")
        for site in PLACES:
            made.start_worker(site)
        yield made


def notices(counties: Counties) -> dict[str, str]:
    return {name: counties.lab.machine(name).run("cat", "/etc/issue.net").stdout for name in NODES}


def seen(counties: Counties) -> dict[str, dict[str, tuple[str, Any]]]:
    """The newest evidence of each node, without how long it took."""
    found = {}
    for name in NODES:
        latest = counties.app.evidence.latest(Subject("node", name))
        details = {each.kind: {k: v for k, v in each.detail.items() if k != "seconds"} for each in latest}
        found[name] = {each.kind: (each.verdict, details[each.kind]) for each in latest}
    return found


def test_a_rollout_leaves_the_same_evidence_whoever_carries_its_steps_out(counties: Counties) -> None:
    at_the_counties = counties.yiwang("apply", counties.approved())
    theirs, holders = seen(counties), {step.target: step.site for step in counties.steps()}
    for name in NODES:
        counties.lab.machine(name).run("sh", "-c", AS_BEFORE)
    at_the_city = counties.alone("apply", counties.approved())
    ours = seen(counties)

    assert at_the_counties.returncode == 0, at_the_counties.stderr
    assert at_the_city.returncode == 0, at_the_city.stderr
    assert {target.removeprefix("node/"): site for target, site in holders.items()} == SITES
    assert {name: {kind: verdict for kind, (verdict, _) in of.items()} for name, of in theirs.items()} == dict.fromkeys(
        NODES, PASSED
    )
    assert theirs == ours
    assert set(notices(counties).values()) == {"authorised access only\n"}


def test_the_log_of_a_step_names_the_secrets_that_its_worker_opened(counties: Counties) -> None:
    counties.declare(text="opened\n")

    done = counties.yiwang("apply", counties.approved("county=410621"))
    logs = counties.yiwang("logs", counties.newest.id, "--step", "apply-xun-2")

    assert done.returncode == 0, done.stderr
    assert logs.stdout.count(f"vault.get vault:counties/{XUN}/key") == 1, logs.stdout


def test_a_worker_opens_nothing_that_is_not_its_countys(counties: Counties) -> None:
    counties.declare(text="others\n")
    plan = counties.approved("xun-3")
    estate = counties.estate / "estate.yaml"
    before = estate.read_text()
    estate.write_text(before.replace(f"vault:counties/{XUN}/key", "vault:city/key"))

    done = counties.yiwang("apply", plan)
    estate.write_text(before)

    (error,) = {step.error for step in counties.steps() if step.error}
    assert (done.returncode, error.split()[0]) == (4, "E0603")
    assert counties.app.evidence.latest(Subject("node", "xun-3"), kind="apply")[0].verdict == "fail"


class Rollout:
    """A rollout with a long step on every node, under way at the counties."""

    def __init__(self, counties: Counties, text: str) -> None:
        self.counties, self.text = counties, f"{text}\n"
        counties.declare(text=self.text, seconds=LONG)
        plan, self._before = counties.approved(), {run.id for run in counties.app.jobs.runs.all()}
        self._process = counties.begun("apply", plan)
        # The canary is the city's own.
        assert eventually(lambda: self.running(XUN) and self.running(QI), seconds=120)
        time.sleep(LONG / 4)

    def running(self, site: str) -> bool:
        """Whether an apply has begun at a site."""
        begun = {run.id for run in self.counties.app.jobs.runs.all()} - self._before
        steps = self.counties.steps() if begun else []
        return any(each.site == site and each.kind == "deploy.apply" and each.started for each in steps)

    def kill_controller(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._process = self.counties.begun("runs", "resume", self.counties.newest.id)

    def require_end(self) -> None:
        """It ends, and every node is applied, was let through its gates and is known to be so."""
        _out, said = self._process.communicate(timeout=300)
        steps = self.counties.steps()
        assert (self._process.returncode, self.counties.newest.state) == (0, RunState.done), said
        assert {each.state.value for each in steps} == {"done"}
        assert set(notices(self.counties).values()) == {self.text}
        verdicts = {
            name: {kind: verdict for kind, (verdict, _detail) in of.items()} for name, of in seen(self.counties).items()
        }
        assert verdicts == dict.fromkeys(NODES, PASSED)
        self.counties.declare(text=self.text)
        assert self.counties.plan()["changes"] == []


def test_a_killed_worker_loses_nothing_of_a_rollout(counties: Counties) -> None:
    rollout = Rollout(counties, "killed worker")

    worker = counties.workers.running[0]
    worker.kill()
    worker.wait()
    counties.start_worker(XUN)

    rollout.require_end()


def test_a_killed_controller_loses_nothing_of_a_rollout(counties: Counties) -> None:
    rollout = Rollout(counties, "killed controller")

    rollout.kill_controller()

    rollout.require_end()


def test_a_restarted_broker_loses_nothing_of_a_rollout(counties: Counties) -> None:
    rollout = Rollout(counties, "restarted broker")

    counties.workers.node.kill()
    time.sleep(3)
    counties.workers.node.start()

    rollout.require_end()


def test_a_road_that_is_cut_loses_nothing_of_a_rollout(counties: Counties) -> None:
    rollout = Rollout(counties, "cut road")

    request = read_request(counties.lab.layout, find_fault("link"), ["county", "down"], {})
    put_in_force(counties.lab, request, by="test", seconds=None)
    time.sleep(12)
    clear_all(counties.lab)

    rollout.require_end()


def declare_a_playbook(counties: Counties) -> None:
    """A playbook for xun-2, with a variable that is encrypted with the county's key."""
    folder = (counties.estate / HEALTH).parent
    (folder / "group_vars").mkdir(parents=True)
    key = Keys({XUN: counties.place(XUN) / "key"}, environ={}).key(XUN)
    (folder / "group_vars/health.yml").write_bytes(encrypt(f"database_password: {PASSWORD}\n", key, XUN))
    copied = {"content": "password={{ database_password }}\n", "dest": "/etc/health", "mode": "600"}
    tasks = [{"name": "password", "ansible.builtin.copy": copied}]
    play = {"name": "health", "hosts": "health", "become": True, "gather_facts": False, "tasks": tasks}
    (counties.estate / HEALTH).write_text(yaml.safe_dump([play]))
    estate = counties.estate / "estate.yaml"
    role = f"roles:\n  health: {{title: 卫健, components: [], playbooks: [{HEALTH}]}}\n"
    said = estate.read_text().replace("roles:\n", role, 1)
    estate.write_text(said.replace("xun-2: {region", "xun-2: {roles: [worker, health], region"))


def test_a_playbook_runs_at_the_county_once_its_files_are_there(
    counties: Counties, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare_a_playbook(counties)
    monkeypatch.setenv(f"YIWANG_VAULT_KEY_{XUN}", str(counties.place(XUN) / "key"))
    plan = counties.approved("xun-2")

    refused = counties.yiwang("apply", plan)
    errors = [step.error for step in counties.steps() if step.error]
    before = counties.lab.machine("xun-2").run("test", "-e", "/etc/health", check=False).returncode
    shutil.copytree(counties.estate / "playbooks", counties.place(XUN) / "playbooks")
    done = counties.yiwang("runs", "resume", counties.newest.id)

    (found,) = counties.app.evidence.latest(Subject("node", "xun-2"), kind="apply")
    logs = counties.yiwang("logs", counties.newest.id).stdout
    assert (refused.returncode, [error.split()[0] for error in errors], before) == (4, ["E2073"], 1)
    assert done.returncode == 0, done.stderr
    assert counties.lab.machine("xun-2").run("cat", "/etc/health").stdout == f"password={PASSWORD}\n"
    assert [(task["task"], task["status"]) for task in found.detail["tasks"]] == [("password", "changed")]
    assert PASSWORD not in logs
    assert counties.steps()[0].site == XUN
