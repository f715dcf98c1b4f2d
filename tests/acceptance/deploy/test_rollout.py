"""Plan, approve, apply, resume, roll back: from the command line, on real nodes."""

import json
from typing import Any

import pytest

from yiwang.core.evidence import Subject

pytestmark = pytest.mark.xdist_group("rollouts")


def notices(fleet: Any) -> set[str]:
    return {machine.run("cat", "/etc/issue.net").stdout for machine in fleet.lab.machines}


def run_of(fleet: Any) -> Any:
    """The newest run."""
    return fleet.app.jobs.runs.all(limit=1)[0]


def status(fleet: Any) -> dict[str, Any]:
    """How the estate stands, by the command line."""
    found: dict[str, Any] = json.loads(fleet.yiwang("status", "-o", "json").stdout)["items"]
    return found


def test_a_plan_changes_nothing_and_says_the_same_of_many_nodes_once(fleet: Any) -> None:
    before = notices(fleet)

    plan = fleet.plan()

    assert [change["title"] for change in plan["changes"]] == ["notice", "unit", "check", "units read", "service"]
    assert all(len(change["targets"]) == 6 for change in plan["changes"])
    assert "+authorised access only" in plan["changes"][0]["diff"]
    assert [len(wave["targets"]) for wave in plan["waves"]] == [1, 3, 2]
    assert notices(fleet) == before


def test_a_plan_is_not_carried_out_before_somebody_else_approved_it(fleet: Any) -> None:
    plan = fleet.plan()["plan"]

    own = fleet.yiwang("approve", plan)
    done = fleet.yiwang("apply", plan)

    assert "E2052" in own.stderr
    assert (done.returncode, "E2054" in done.stderr) == (1, True)


def test_an_approved_plan_makes_every_node_what_is_declared(fleet: Any) -> None:
    plan = fleet.approved()
    (waiting,) = status(fleet)["plans"]

    done = fleet.yiwang("apply", plan)

    assert done.returncode == 0, done.stderr
    waves = [line.partition("  ")[2] for line in done.stderr.splitlines() if "  wave " in line]
    assert waves == [
        "wave 1 先行 apply: 1 of 1 done",
        "wave 2 先行 gates: 1 of 1 done",
        "wave 3 其余 1/2 apply: 3 of 3 done",
        "wave 4 其余 1/2 gates: 3 of 3 done",
        "wave 5 其余 2/2 apply: 2 of 2 done",
        "wave 6 其余 2/2 gates: 2 of 2 done",
    ]
    assert (waiting["plan"], waiting["approvals"]) == (plan, 1)
    assert status(fleet)["plans"] == []
    assert {each["state"] for each in status(fleet)["nodes"]} == {"good"}
    assert notices(fleet) == {"authorised access only\n"}
    assert {m.run("systemctl", "is-active", "notice").stdout for m in fleet.lab.machines} == {"active\n"}


def test_a_second_plan_is_empty(fleet: Any) -> None:
    plan = fleet.plan()

    assert plan["changes"] == []
    assert len(plan["unchanged"]) == 6
    assert fleet.yiwang("plan", "--detailed-exitcode").returncode == 0


def test_every_node_leaves_evidence_of_what_was_done_and_of_every_gate(fleet: Any) -> None:
    evidence = fleet.app.evidence

    for host in fleet.lab.layout.hosts:
        found = {each.kind: each.verdict for each in evidence.latest(Subject("node", host.name))}
        assert found == {"apply": "pass", "gate.ssh": "pass", "gate.service": "pass", "gate.command": "pass"}


def test_a_changed_estate_makes_a_plan_void(fleet: Any) -> None:
    fleet.declare(text="one\n")
    plan = fleet.approved()
    fleet.declare(text="two\n")

    done = fleet.yiwang("apply", plan)

    assert "E2058" in done.stderr
    assert notices(fleet) == {"authorised access only\n"}


def test_a_node_that_changed_since_the_plan_stops_the_rollout(fleet: Any) -> None:
    fleet.declare(text="three\n")
    plan = fleet.approved()
    fleet.lab.machine("node-01").run("sh", "-c", "systemctl stop notice; chmod 600 /etc/issue.net")

    done = fleet.yiwang("apply", plan)

    assert done.returncode == 4
    assert "E2030" in next(step.error for step in fleet.app.jobs.runs.steps(run_of(fleet).id) if step.error)
    assert notices(fleet) == {"authorised access only\n"}
    fleet.lab.machine("node-01").run("sh", "-c", "systemctl start notice; chmod 644 /etc/issue.net")


def test_a_closed_gate_stops_the_rollout_and_resume_finishes_it(fleet: Any) -> None:
    fleet.declare(text="four\n")
    plan = fleet.approved()
    canary = fleet.lab.machine("node-01")
    canary.run("systemctl", "mask", "--runtime", "--now", "notice")

    stopped = fleet.yiwang("apply", plan)
    spared = {m.run("cat", "/etc/issue.net").stdout for m in fleet.lab.machines if m.host.name != "node-01"}
    canary.run("sh", "-c", "systemctl unmask --runtime notice; systemctl daemon-reload; systemctl start notice")
    resumed = fleet.yiwang("runs", "resume", run_of(fleet).id)

    assert stopped.returncode == 4
    assert spared == {"authorised access only\n"}
    assert resumed.returncode == 0, resumed.stderr
    assert notices(fleet) == {"four\n"}


def test_a_rollout_is_put_back_byte_for_byte(fleet: Any) -> None:
    before = notices(fleet)
    fleet.declare(text="five\n")
    assert fleet.yiwang("apply", fleet.approved()).returncode == 0
    run = run_of(fleet).id

    done = fleet.yiwang("rollback", run)

    assert done.returncode == 0, done.stderr
    assert notices(fleet) == before


def test_drift_is_seen_and_kept(fleet: Any) -> None:
    (before,) = notices(fleet)
    fleet.declare(text=before)
    fleet.lab.machine("node-03").run("sh", "-c", "echo mine >/etc/issue.net")

    done = fleet.yiwang("drift", "--detailed-exitcode", "-o", "json")

    rows = {row["node"]: row["verdict"] for row in json.loads(done.stdout)["items"]}
    assert done.returncode == 2
    assert {name for name, verdict in rows.items() if verdict == "fail"} == {"node-03"}
    assert {each["node"] for each in status(fleet)["nodes"] if "drifted" in each["states"]} == {"node-03"}
    assert fleet.yiwang("status", "node-03", "--detailed-exitcode").returncode == 2
    assert fleet.app.evidence.latest(Subject("node", "node-03"), kind="drift")[0].verdict == "fail"


def test_a_node_that_is_off_is_a_problem_of_the_plan_and_of_no_other_node(fleet: Any) -> None:
    fleet.lab.machine("node-06").stop()

    done = fleet.yiwang("plan", "-o", "json")

    plan = json.loads(done.stdout)["items"]
    assert done.returncode == 4
    assert [each["target"] for each in plan["problems"]] == ["node-06"]
    assert "E2001" in plan["problems"][0]["problem"]
    assert {name for change in plan["changes"] for name in change["targets"]} == {"node-03"}
