"""kill -9 at random moments of a rollout to sixty real nodes: nothing is skipped, nothing is half done."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from yiwang.core.evidence import Subject
from yiwang.core.jobs.model import RunState

pytestmark = [pytest.mark.xdist_group("rollouts"), pytest.mark.slow]

NODES = 60
KILLS = 10


@pytest.fixture(scope="module")
def sixty(raise_fleet: Any) -> Iterator[Any]:
    yield from raise_fleet(NODES)


def killed(fleet: Any, *words: str, after: float) -> None:
    """Carry on, and be killed with everything that was started for it, so long after the first word."""
    with subprocess.Popen(
        fleet.command(*words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=fleet.environment,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(after)
        os.killpg(process.pid, signal.SIGKILL)


def newest(fleet: Any) -> Any:
    return fleet.app.jobs.runs.all(limit=1)[0]


def test_a_rollout_that_is_killed_ten_times_ends_with_every_node_applied(sixty: Any) -> None:
    plan = sixty.approved()
    chance = random.Random(2017)
    killed(sixty, "apply", plan, after=1)
    run = newest(sixty).id

    for _ in range(KILLS - 1):
        if newest(sixty).state is not RunState.open:
            break
        killed(sixty, "runs", "resume", run, after=chance.uniform(1, 4))
    done = sixty.yiwang("runs", "resume", run) if newest(sixty).state is not RunState.done else None

    assert done is None or done.returncode == 0, done.stderr
    assert newest(sixty).state is RunState.done
    assert {m.run("cat", "/etc/issue.net").stdout for m in sixty.lab.machines} == {"authorised access only\n"}
    assert {m.run("systemctl", "is-active", "notice").stdout for m in sixty.lab.machines} == {"active\n"}
    evidence = sixty.app.evidence
    for host in sixty.lab.layout.hosts:
        found = {each.kind: each.verdict for each in evidence.latest(Subject("node", host.name))}
        assert found == {"apply": "pass", "gate.ssh": "pass", "gate.service": "pass", "gate.command": "pass"}
    waves = sixty.app.jobs.runs.waves(run)
    assert all(wave.done == wave.total for wave in waves)
    assert sixty.plan()["changes"] == []
