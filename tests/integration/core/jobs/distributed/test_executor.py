"""Steps go to their site, what is reported comes back, and nothing is believed that a site may not say."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import amqp
import pytest

from tests.integration.core.jobs.distributed.conftest import Controlling, Workers, drive, login, within
from tooling.rabbitmq import Node
from yiwang.core.database.connection import Database
from yiwang.core.jobs.distributed.executor import DistributedExecutor
from yiwang.core.jobs.distributed.messages import LARGEST_BYTES
from yiwang.core.jobs.distributed.outbox import Outbox
from yiwang.core.jobs.distributed.status import queue_statuses
from yiwang.core.jobs.distributed.topology import CONTROLLER, DELIVERY_LIMIT, RESULTS, site_user, step_queue
from yiwang.core.jobs.executor import ENDS, Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, Run, RunPlan, RunState, Step, StepSpec, StepState, Wanted
from yiwang.core.jobs.rehearse import rehearsal
from yiwang.core.jobs.runs import Runs
from yiwang.core.journal import Journal
from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

QUICK = Policy(retry_seconds=0.01)


def _run(database: Database, site: str, kind: str, count: int = 1, policy: Policy = QUICK, **payload: Any) -> Run:
    steps = tuple(StepSpec(f"{n}", kind, f"{site}/target-{n}", payload=payload, site=site) for n in range(count))
    return Runs(database).create(RunPlan("test", "a test", steps, policy))


def _step(database: Database, run: Run) -> Step:
    (step,) = Runs(database).steps(run.id)
    return step


def test_reports_come_back_in_order_and_the_worker_is_known(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str
) -> None:
    workers.start(site)
    run = _run(sqlite, site, "fine", a="参数")

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    step = _step(sqlite, run)
    events = Runs(sqlite).events(run.id, step_id="0")
    assert finished.state is RunState.done
    assert [event.kind for event in events] == ["given", "started", "log", "progress", "done"]
    assert [event.text for event in events[2:4]] == ["一 line", "half"]
    assert step.result["payload"] == {"a": "参数"}


def test_steps_run_at_their_own_site_and_those_without_one_at_the_city(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, other_site: str, tmp_path: Path
) -> None:
    workers.start(site)
    workers.start(other_site)
    log = tmp_path / "log"
    places = [site, other_site] * 4
    steps = [
        StepSpec(f"{n}", "work", f"t{n}", payload={"log": str(log), "seconds": 0}, site=place)
        for n, place in enumerate(places)
    ]
    here = StepSpec("here", "rehearse", "t", payload={"folder": str(tmp_path / "here"), "seconds": 0})
    run = Runs(sqlite).create(RunPlan("test", "a test", (*steps, here), QUICK))

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    began = {line.split()[2]: line.split()[3] for line in log.read_text().splitlines()}
    assert finished.state is RunState.done
    assert began == {f"{n}": place for n, place in enumerate(places)}
    assert (tmp_path / "here" / "t.txt").exists()


def test_a_site_that_is_away_costs_neither_attempts_nor_losses(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    run = _run(sqlite, site, "work", 3, log=str(tmp_path / "log"), seconds=0)
    away_until = time.monotonic() + 15

    with controlling(sqlite) as controller:
        drive(controller, run, until=lambda: time.monotonic() > away_until)
        waiting = Runs(sqlite).steps(run.id)
        workers.start(site)
        finished = controller.drive(run.id)

    assert {(step.state, step.attempt) for step in waiting} == {(StepState.running, 1)}
    assert finished.state is RunState.done
    assert {(step.attempt, step.losses, step.failures) for step in Runs(sqlite).steps(run.id)} == {(1, 0, 0)}
    assert len((tmp_path / "log").read_text().splitlines()) == 6


def test_a_controller_that_follows_takes_up_what_waits_at_a_site_that_is_away(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    run = _run(sqlite, site, "work", 3, log=str(tmp_path / "log"), seconds=0)
    with controlling(sqlite) as first:
        first.collect(0)
        first.turn(run.id)
        first.collect(0.5)
        first.let_go(run.id)

    with controlling(sqlite) as second:
        away_until = time.monotonic() + 8
        drive(second, run, until=lambda: time.monotonic() > away_until)
        workers.start(site)
        finished = second.drive(run.id)

    assert finished.state is RunState.done
    assert {(step.attempt, step.losses) for step in Runs(sqlite).steps(run.id)} == {(1, 0)}
    assert len((tmp_path / "log").read_text().splitlines()) == 6


def test_a_step_longer_than_its_lease_is_kept_alive_by_its_worker(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    workers.start(site)
    run = _run(sqlite, site, "work", log=str(tmp_path / "log"), seconds=14)

    with controlling(sqlite) as controller:
        controller.drive(run.id)

    assert _step(sqlite, run).attempt == 1
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_cancelling_reaches_a_step_that_runs(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    workers.start(site)
    began = tmp_path / "began"
    run = _run(sqlite, site, "wait", file=str(began))

    with controlling(sqlite) as controller:
        drive(controller, run, until=began.exists)
        Runs(sqlite).want(run.id, Wanted.cancel)
        asked = time.monotonic()
        finished = controller.drive(run.id)

    assert finished.state is RunState.cancelled
    assert _step(sqlite, run).state is StepState.cancelled
    assert time.monotonic() - asked < 8, "the step would have ended by itself after ten seconds"


def test_a_step_cancelled_while_its_site_is_away_is_never_begun(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    run = _run(sqlite, site, "work", log=str(tmp_path / "log"), seconds=0)

    with controlling(sqlite) as controller:
        given = time.monotonic()
        drive(controller, run, until=lambda: time.monotonic() > given + 2)
        Runs(sqlite).want(run.id, Wanted.cancel)
        finished = controller.drive(run.id)
    workers.start(site)
    time.sleep(3)

    assert finished.state is RunState.cancelled
    assert not (tmp_path / "log").exists()


def test_a_run_cancelled_with_its_worker_deaf_is_heeded_when_it_hears_again(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    run = _run(sqlite, site, "work", log=str(tmp_path / "log"), seconds=0)

    with controlling(sqlite) as controller:
        given = time.monotonic()
        drive(controller, run, until=lambda: time.monotonic() > given + 1)
        Runs(sqlite).want(run.id, Wanted.cancel)
        controller.collect(0.2)
        controller.turn(run.id)
        # The step still waits in its queue when the worker comes; that it is to stop comes with it.
        workers.start(site)
        finished = controller.drive(run.id)

    assert finished.state is RunState.cancelled
    assert not (tmp_path / "log").exists()


def test_a_step_that_kills_its_process_is_told_like_one_here(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str
) -> None:
    workers.start(site)
    run = _run(sqlite, site, "kill_itself", deaths=2)

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    step = _step(sqlite, run)
    told = [event for event in Runs(sqlite).events(run.id, step_id="0") if event.kind == "retry"]
    assert finished.state is RunState.done
    assert (step.attempt, step.failures, step.losses) == (3, 2, 0)
    assert all("E0503" in event.text for event in told)


def test_a_step_that_takes_every_worker_along_is_laid_aside_and_reported(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    run = _run(sqlite, site, "kill_parent", policy=Policy(max_attempts=1), log=str(log))
    after = _run(sqlite, site, "fine")
    processes = [workers.start(site)]

    with controlling(sqlite, lease_seconds=40) as controller:

        def revive(*_view: object) -> None:
            if processes[-1].poll() is not None:
                processes.append(workers.start(site))

        finished = controller.drive(run.id, revive)
        revive()
        next_run = controller.drive(after.id)

    step = _step(sqlite, run)
    assert finished.state is RunState.halted
    assert step.state is StepState.failed
    assert "E0535" in step.error
    assert len(log.read_text().splitlines()) == DELIVERY_LIMIT + 1
    assert next_run.state is RunState.done


def test_a_site_without_a_queue_is_told(sqlite: Database, controlling: Controlling, node: Node) -> None:
    run = _run(sqlite, "999999", "fine")

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    assert finished.state is RunState.halted
    assert "E0533" in _step(sqlite, run).error


def test_a_kind_that_the_worker_does_not_know_fails_there(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str
) -> None:
    workers.start(site)
    run = _run(sqlite, site, "unheard-of")

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    assert finished.state is RunState.halted
    assert "E0510" in _step(sqlite, run).error


def test_the_queue_of_a_run_is_gone_when_it_is_over(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, node: Node
) -> None:
    workers.start(site)
    run = _run(sqlite, site, "fine")

    with controlling(sqlite) as controller:
        controller.drive(run.id)

    assert run.id not in node.call("list_queues", "-p", "yiwang", "name")


SPOOFED = {
    "of another site": ({}, "the step belongs to another site"),
    "of a worker of another site": ({"worker": "SITE/host/1"}, "the worker that it names"),
    "of an unknown worker": ({"worker": "me"}, "the worker that it names"),
    "without a sender": ({"user_id": None}, "which site it comes from"),
    "of an attempt that was never given out": ({"attempt": 7, "step": "own"}, "never given out"),
    "of no step": ({"step": "none"}, "no such step"),
    "malformed": ({"body": b"\xff{"}, "malformed"),
    "with a key too many": ({"more": 1}, "malformed"),
    "of an attempt that is no number": ({"attempt": "1"}, "malformed"),
    "of a kind that workers do not send": ({"reports": [["refused", "x", None, True]]}, "malformed"),
    "too large": ({"body": b'"' + b"x" * LARGEST_BYTES + b'"'}, "too large"),
}


@pytest.mark.parametrize(("change", "reason"), SPOOFED.values(), ids=SPOOFED)
def test_a_report_is_refused_and_journalled(
    sqlite: Database,
    controlling: Controlling,
    node: Node,
    site: str,
    other_site: str,
    change: dict[str, Any],
    reason: str,
) -> None:
    steps = (StepSpec("victim", "fine", "a", site=site), StepSpec("own", "fine", "b", site=other_site))
    run = Runs(sqlite).create(RunPlan("test", "a test", steps, QUICK))

    with controlling(sqlite) as controller:
        controller.collect(0)
        controller.turn(run.id)
        _report_as(node, other_site, run.id, dict(change), site)
        drive(controller, run, until=lambda: any(e.kind == "refused" for e in Runs(sqlite).events(run.id)))
        found = Runs(sqlite).steps(run.id)

    (entry,) = [each for each in Journal(sqlite).entries() if each.action == "report.refuse"]
    assert {step.state for step in found} == {StepState.running}
    assert entry.subject == run.id
    assert reason in entry.detail["reason"]
    assert Journal(sqlite).verify().problems == ()


def _report_as(node: Node, culprit: str, run_id: str, change: dict[str, Any], victim: str) -> None:
    user_id = change.pop("user_id", site_user(culprit))
    body = change.pop("body", None)
    worker = change.pop("worker", f"{culprit}/host/1-2").replace("SITE", victim)
    content = {"worker": worker, "run": run_id, "step": "victim", "attempt": 1, "reports": [["done", "", None, True]]}
    with login(node, site_user(culprit)).connection() as connection:
        channel = connection.channel()
        channel.confirm_select()
        properties = {"user_id": user_id} if user_id else {}
        message = amqp.Message(body or json.dumps(content | change), **properties)
        channel.basic_publish_confirm(message, RESULTS, run_id)


def test_a_flood_of_bad_reports_is_not_journalled_without_end(
    sqlite: Database, controlling: Controlling, node: Node, site: str
) -> None:
    run = _run(sqlite, site, "fine")

    with controlling(sqlite) as controller:
        controller.collect(0)
        controller.turn(run.id)
        with login(node, site_user(site)).connection() as connection:
            channel = connection.channel()
            channel.confirm_select()
            for _each in range(300):
                channel.basic_publish(amqp.Message("{}", user_id=site_user(site)), RESULTS, run.id)
        until = time.monotonic() + 3
        drive(controller, run, until=lambda: time.monotonic() > until)

    assert len([each for each in Journal(sqlite).entries() if each.action == "report.refuse"]) == 100


def test_a_secret_is_opened_at_the_worker_and_stands_in_no_message(
    sqlite: Database, controlling: Controlling, workers: Workers, node: Node, site: str, tmp_path: Path
) -> None:
    text = "tüv-Geheim-2f6c"
    path = f"counties/{site}/edge-1/password"
    vault, key = tmp_path / "vault", tmp_path / f"{site}.key"
    new_key(key)
    vault.mkdir()
    (vault / "ids.yaml").write_text(f"prefixes: {{counties/{site}: '{site}'}}\n")
    Vault(vault, Keys({site: key})).set(path, Secret(text))
    run = _run(sqlite, site, "digest_secret", password=f"vault:{path}")

    with controlling(sqlite) as controller:
        controller.collect(0)
        controller.turn(run.id)
        assert within(5, lambda: node.call("list_queues", "-p", "yiwang", "name", "messages").count(f"{site}\t1"))
        sniffed = _sniffed(node, site)
        workers.start(site, vault={"folder": str(vault), "keys": {site: str(key)}})
        finished = controller.drive(run.id)

    step = _step(sqlite, run)
    logged = [event.text for event in Runs(sqlite).events(run.id, step_id="0") if event.kind == "log"]
    assert f"vault:{path}" in sniffed
    assert text not in sniffed
    assert finished.state is RunState.done, step.error
    assert step.result == {"shown": str(Secret("")), "digest": hashlib.sha256(text.encode()).hexdigest()}
    assert logged == [f"vault.get vault:{path}"]
    assert text not in workers.log(site)


def _sniffed(node: Node, site: str) -> str:
    """The message that waits for the site, put back."""
    with login(node, site_user(site)).connection() as connection:
        channel = connection.channel()
        message = channel.basic_get(step_queue(site))
        channel.basic_reject(message.delivery_tag, requeue=True)
        return f"{message.body}{message.properties}"


def test_a_worker_without_the_countys_key_fails_the_step_and_says_why(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    workers.start(site, vault={"folder": str(tmp_path / "nothing")})
    run = _run(sqlite, site, "digest_secret", policy=Policy(max_attempts=1), password="vault:counties/x/password")

    with controlling(sqlite) as controller:
        controller.drive(run.id)

    assert "E0603" in _step(sqlite, run).error


def test_a_rehearsal_leaves_the_same_traces_on_both_executors(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, other_site: str, tmp_path: Path
) -> None:
    from yiwang.core.jobs.controller import Controller
    from yiwang.core.jobs.handlers import Handlers
    from yiwang.core.jobs.local import LocalExecutor
    from yiwang.core.jobs.rehearse import HANDLERS

    for each in (site, other_site):
        workers.start(each)
    plan = rehearsal(tmp_path / "rehearsal", steps=24, waves=3, seconds=0.01, window=4, sites=(site, other_site))
    at_sites, here = Runs(sqlite).create(plan), Runs(sqlite).create(plan)

    with controlling(sqlite) as controller:
        controller.drive(at_sites.id)
    executor = LocalExecutor(Handlers(HANDLERS), threads=4)
    Controller(sqlite, executor).drive(here.id)
    executor.close()

    assert _traces(sqlite, at_sites) == _traces(sqlite, here)


def _traces(database: Database, run: Run) -> object:
    """What is written down of a run, without times and without the order of steps that ran side by side."""
    runs = Runs(database)
    steps = [(s.id, s.state, s.attempt, s.failures, s.losses, s.error, s.result) for s in runs.steps(run.id)]
    events = sorted((e.step_id, e.kind, e.text, e.attempt) for e in runs.events(run.id))
    return (runs.find(run.id).state, runs.waves(run.id), steps, events)


def test_two_workers_of_one_site_share_its_steps(
    sqlite: Database, controlling: Controlling, workers: Workers, site: str, tmp_path: Path
) -> None:
    for _each in range(2):
        workers.start(site, processes=1)
    run = _run(sqlite, site, "work", 8, log=str(tmp_path / "log"), seconds=0.3)

    with controlling(sqlite) as controller:
        finished = controller.drive(run.id)

    assert finished.state is RunState.done
    assert len((tmp_path / "log").read_text().splitlines()) == 16
    assert workers.readers(site) == 2


def test_a_copy_that_comes_after_its_target_went_on_is_not_carried_out(
    node: Node, workers: Workers, site: str, tmp_path: Path
) -> None:
    workers.start(site)
    log = tmp_path / "log"
    executor = DistributedExecutor(login(node, CONTROLLER), LocalExecutor(Handlers([])), lease_seconds=6)
    executor.attend("r", waiting=(), started=())

    ended = []
    for step, attempt in (("apply", 1), ("apply", 2), ("apply", 1), ("gate", 1), ("apply", 2)):
        payload = {"log": str(log), "seconds": 0}
        executor.submit(Assignment("r", step, attempt, "work", "node/one", payload, site))
        ended.append(_end(executor))
    executor.leave("r", is_over=True)
    executor.close()

    begun = [(line.split()[2], line.split()[4]) for line in log.read_text().splitlines() if "START" in line]
    assert begun == [("apply", "1"), ("apply", "2"), ("gate", "1")]
    assert [each.value for each in ended] == ["done", "done", "cancelled", "done", "cancelled"]


def _end(executor: DistributedExecutor) -> ReportKind:
    """How the attempt that was given out last ended."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        reports = executor.reports(0.2)
        executor.confirm(reports)
        for report in reports:
            if report.kind in ENDS:
                return report.kind
    raise AssertionError("it takes too long")


def test_the_copy_that_a_killed_controller_left_is_not_begun_once_another_machine_of_the_site_ended_the_step(
    node: Node, workers: Workers, site: str, tmp_path: Path
) -> None:
    workers.start(site, processes=1)
    log = tmp_path / "log"
    busy = Assignment("r", "busy", 1, "work", "node/other", {"log": str(log), "seconds": 3}, site)
    step = Assignment("r", "s", 1, "work", "node/one", {"log": str(log), "seconds": 0}, site)
    first, second = (
        DistributedExecutor(login(node, CONTROLLER), LocalExecutor(Handlers([])), lease_seconds=20) for _ in range(2)
    )
    other_machine = Outbox(login(node, site_user(site)), f"{site}/other-machine/1")
    first.attend("r", waiting=(), started=())
    first.submit(busy)
    assert within(20, log.exists)
    first.submit(step)
    first.reports(0.5)
    first.leave("r", is_over=False)
    first.close()

    second.attend("r", waiting=(step,), started=(busy,))
    other_machine.begin(step.token, 20)
    other_machine.finish(Report(*step.token, ReportKind.done))
    ended = [_end(second), _end(second)]
    assert within(10, lambda: _waiting(node, site) == 0)
    second.leave("r", is_over=True)
    second.close()

    assert ended == [ReportKind.done, ReportKind.done]
    assert [line.split()[2] for line in log.read_text().splitlines()] == ["busy", "busy"]


def _waiting(node: Node, site: str) -> int | None:
    return queue_statuses(login(node, CONTROLLER), [site])[0].waiting
