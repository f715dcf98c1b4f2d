"""Departments' Ansible playbooks in plans and rollouts, from the command line, on real nodes."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from yiwang.core.evidence import Subject
from yiwang.core.vault.cipher import encrypt
from yiwang.core.vault.secret import Secret
from yiwang.lab.fixtures import eventually

pytestmark = [pytest.mark.xdist_group("rollouts"), pytest.mark.slow]

PLAYBOOK = "playbooks/health/site.yml"
COMPONENT = f"playbook {PLAYBOOK}"
PASSWORD = "aiM7-of-the-health-bureau"
KEY = Secret("correct-horse-battery-staple")
GREETING = {
    "name": "greeting",
    "ansible.builtin.template": {"src": "motd.j2", "dest": "/etc/motd", "mode": "644"},
}
PASSWORD_FILE = {
    "name": "password",
    "ansible.builtin.copy": {"content": "password={{ database_password }}\n", "dest": "/etc/health", "mode": "600"},
}
OWN_FILE = {
    "name": "own file",
    "ansible.builtin.copy": {"content": "mine\n", "dest": "/home/{{ ansible_user }}/mine", "mode": "600"},
    "become": False,
}
ALLOWED = {"name": "allowed", "ansible.builtin.command": "test -e /etc/allowed", "changed_when": False}
LONG = {"name": "long", "ansible.builtin.shell": "test -e /etc/begun || { touch /etc/begun; sleep 25; }"}


def write_playbook(estate: Path, *tasks: Any, hosts: str = "worker") -> None:
    play = {"name": "health", "hosts": hosts, "become": True, "gather_facts": False, "tasks": list(tasks)}
    (estate / PLAYBOOK).write_text(yaml.safe_dump([play]))


def write_greeting(estate: Path, text: str) -> None:
    (estate / "playbooks/health/templates/motd.j2").write_text(text + " {{ yiwang.region }}\n")


@pytest.fixture(scope="module")
def three(raise_fleet: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Three nodes whose role has a playbook with a template and an encrypted variable, and no component."""
    key = tmp_path_factory.mktemp("keys") / "health"
    key.write_text(KEY.reveal())
    key.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIWANG_VAULT_KEY_HEALTH", str(key))
        # Of the caller's own Ansible nothing counts.
        patch.setenv("ANSIBLE_BECOME_METHOD", "nonsense")
        for fleet in raise_fleet(3):
            folder = fleet.estate / "playbooks/health"
            (folder / "templates").mkdir(parents=True)
            (folder / "group_vars").mkdir()
            variables = encrypt(yaml.safe_dump({"database_password": PASSWORD}), KEY, "health")
            (folder / "group_vars/worker.yml").write_bytes(variables)
            header = fleet.estate / "estate.yaml"
            header.write_text(header.read_text().replace("[notice]", f"[], playbooks: [{PLAYBOOK}]"))
            write_greeting(fleet.estate, "one")
            write_playbook(fleet.estate, GREETING, PASSWORD_FILE, OWN_FILE)
            yield fleet


def contents(fleet: Any, path: str) -> list[str]:
    return [machine.run("sh", "-c", f"[ ! -e {path} ] || cat {path}").stdout for machine in fleet.lab.machines]


def newest(fleet: Any) -> Any:
    return fleet.app.jobs.runs.all(limit=1)[0]


def is_kept(text: str, folder: Path) -> bool:
    """Whether a text stands in any file below a folder."""
    # In a process of its own: to close a database's file here would give up the locks of those who have it open.
    return subprocess.run(["grep", "-rqF", text, folder], check=False).returncode == 0


def test_a_plan_shows_what_a_playbook_would_change_and_no_secret(three: Any) -> None:
    plan = three.plan()

    changes = {change["title"]: change for change in plan["changes"] if "node-01" in change["targets"]}
    assert list(changes) == ["greeting", "password", "own file"]
    assert {change["component"] for change in changes.values()} == {COMPONENT}
    assert (changes["greeting"]["kind"], changes["greeting"]["path"]) == ("file", "/etc/motd")
    assert "+one 410600" in changes["greeting"]["diff"]
    assert "+password=********" in changes["password"]["diff"]
    assert len(changes["password"]["targets"]) == 3
    assert PASSWORD not in str(plan)


def test_an_approved_playbook_is_run_and_every_task_is_evidence(three: Any) -> None:
    done = three.yiwang("apply", three.approved())

    assert done.returncode == 0, done.stderr
    assert sorted(contents(three, "/etc/motd")) == ["one 410600\n", "one 410600\n", "one 410621\n"]
    assert set(contents(three, "/etc/health")) == {f"password={PASSWORD}\n"}
    assert {m.run("stat", "-c", "%U", f"/home/{m.host.user}/mine").stdout for m in three.lab.machines} == {
        f"{three.lab.machines[0].host.user}\n"
    }
    seen = three.app.evidence.latest(Subject("node", "node-01"), kind="apply")[0]
    assert {task["task"]: task["status"] for task in seen.detail["tasks"]} == {
        "greeting": "changed",
        "password": "changed",
        "own file": "changed",
    }
    logs = three.yiwang("logs", newest(three).id).stdout
    assert "changed greeting" in logs
    assert PASSWORD not in logs
    assert not is_kept(PASSWORD, three.state)
    assert is_kept("greeting", three.state)


def test_a_second_plan_is_empty(three: Any) -> None:
    plan = three.plan()

    assert plan["changes"] == []
    assert len(plan["unchanged"]) == 3


def test_another_template_makes_the_plan_void(three: Any) -> None:
    write_greeting(three.estate, "two")
    plan = three.approved()
    write_greeting(three.estate, "three")

    done = three.yiwang("apply", plan)

    assert "E2058" in done.stderr
    assert all(text.startswith("one") for text in contents(three, "/etc/motd"))


def test_a_task_that_fails_stops_the_rollout_and_resume_finishes_it(three: Any) -> None:
    write_greeting(three.estate, "four")
    write_playbook(three.estate, ALLOWED, GREETING)
    plan = three.approved()
    canary, *others = three.lab.machines

    stopped = three.yiwang("apply", plan)
    error = next(step.error for step in three.app.jobs.runs.steps(newest(three).id) if step.error)
    spared = contents(three, "/etc/motd")
    for machine in (canary, *others):
        machine.run("touch", "/etc/allowed")
    resumed = three.yiwang("runs", "resume", newest(three).id)

    assert stopped.returncode == 4
    assert "E2074" in error
    assert '"allowed"' in error
    assert all(text.startswith("one") for text in spared)
    assert resumed.returncode == 0, resumed.stderr
    assert all(text.startswith("four") for text in contents(three, "/etc/motd"))


def test_a_rollback_names_what_ansible_has_changed_and_cannot_undo(three: Any) -> None:
    run = newest(three).id

    done = three.yiwang("rollback", run)

    assert done.returncode == 0, done.stderr
    assert f"cannot be undone: {COMPONENT}: greeting" in done.stderr


def test_a_task_that_cannot_be_checked_is_unsure_and_run_when_approved(three: Any) -> None:
    stamp = {"name": "stamp", "ansible.builtin.shell": "date >>/etc/stamp"}
    write_playbook(three.estate, stamp)

    plan = three.plan()
    before = contents(three, "/etc/stamp")
    done = three.yiwang("apply", three.approved())

    (change,) = plan["changes"]
    assert (change["title"], change["kind"], bool(change["unsure"])) == ("stamp", "command", True)
    assert set(before) == {""}
    assert done.returncode == 0, done.stderr
    assert all(contents(three, "/etc/stamp"))


def is_ansible(process: int) -> bool:
    """Whether a process is Ansible's and lives; of one that has ended no words are left."""
    try:
        return b"yiwang.deploy.playbooks.program" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def below(process: int) -> set[int]:
    """Every process below one, as long as it lives."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process}


def is_sleeping(fleet: Any) -> bool:
    return "25" in fleet.lab.machine("node-01").run("sh", "-c", "ps -C sleep -o args || true").stdout


def test_nothing_of_ansible_outlives_a_controller_that_is_killed_and_resume_finishes(three: Any) -> None:
    write_greeting(three.estate, "five")
    write_playbook(three.estate, LONG, GREETING)
    plan = three.approved("node-01")
    process = subprocess.Popen(
        three.command("apply", plan),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=three.environment,
        start_new_session=True,
    )
    assert eventually(lambda: is_sleeping(three))
    started = {each for each in below(process.pid) if is_ansible(each)}
    folders = {Path(Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0")[6].decode()) for each in started}

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert len(started) >= 3
    assert eventually(lambda: not any(map(is_ansible, started)), seconds=15)
    assert not any(folder.exists() for folder in folders)
    resumed = three.yiwang("runs", "resume", newest(three).id)
    assert resumed.returncode == 0, resumed.stderr
    assert "five 410600\n" in contents(three, "/etc/motd")


def test_what_is_wrong_with_a_playbook_is_told_with_its_place(three: Any) -> None:
    write_playbook(three.estate, {"name": "nothing", "no_such_module": {}})
    unknown = three.yiwang("plan", "node-01")
    (three.estate / PLAYBOOK).write_text("- hosts: [worker\n")
    broken = three.yiwang("plan", "node-01")
    write_playbook(three.estate, GREETING, hosts="others")
    others = three.yiwang("plan", "node-01")
    (three.estate / PLAYBOOK).unlink()
    missing = three.yiwang("plan", "node-01")

    assert "E2072" in unknown.stdout
    assert "no_such_module" in unknown.stdout
    assert f"{three.estate / PLAYBOOK}:2" in broken.stdout
    assert "E2075" in others.stdout
    assert "estate.yaml:7:" in missing.stderr
    assert "E2070" in missing.stderr
