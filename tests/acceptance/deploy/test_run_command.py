"""Commands on many real nodes: answers grouped, approved by somebody else where the estate says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from yiwang.core.evidence import Subject

pytestmark = pytest.mark.xdist_group("rollouts")


@pytest.fixture
def policy(fleet: Any) -> Iterator[Any]:
    """Sets what the estate says of commands."""
    file = fleet.estate / "estate.yaml"
    before = file.read_text(encoding="utf-8")

    def declare(word: str) -> None:
        said = yaml.safe_load(before)
        said["rollout"]["commands"] = word
        file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")

    yield declare
    file.write_text(before, encoding="utf-8")


def journal(fleet: Any, action: str) -> list[Any]:
    return [entry for entry in fleet.app.journal.entries() if entry.action == action]


def test_equal_answers_of_nodes_are_shown_once(fleet: Any) -> None:
    done = fleet.yiwang("run", "kind=node", "--", "id -un")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("root") == 1
    assert "node-01, node-02, node-03, node-04, node-05, node-06 (6)" in done.stdout


def test_exit_codes_differ_and_the_sum_of_them_tells(fleet: Any) -> None:
    command = "[ $(hostname) != node-02 ] || { echo no; exit 7; }"

    done = fleet.yiwang("run", "kind=node", "-o", "json", "--", command)

    groups = json.loads(done.stdout)["items"]
    assert done.returncode == 4
    assert [(len(each["targets"]), each["code"], each["out"]) for each in groups] == [(5, 0, ""), (1, 7, "no\n")]


def test_a_command_that_does_not_end_is_ended(fleet: Any) -> None:
    done = fleet.yiwang("run", "node-01", "--timeout", "1", "-o", "json", "--", "sleep", "600")

    assert json.loads(done.stdout)["items"][0]["verdict"] == "unknown"
    assert "sleep" not in fleet.lab.machine("node-01").run("ps", "-e").stdout


def test_words_reach_the_node_as_they_were_given(fleet: Any) -> None:
    done = fleet.yiwang("run", "node-01", "-o", "json", "--", "printf", "%s|", "a b", "$HOME", "'")

    assert json.loads(done.stdout)["items"][0]["out"] == "a b|$HOME|'|"


def test_a_secret_goes_over_standard_input_and_shows_nowhere(fleet: Any, tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("correct horse\n")
    words = ("run", "node-01", "--stdin", str(tmp_path / "secret"), "--", "wc -c; cat /proc/*/cmdline | tr '\\0' ' '")

    done = fleet.yiwang(*words)

    assert "14" in done.stdout.splitlines()
    assert "horse" not in done.stdout
    assert all("horse" not in entry.line() for entry in fleet.app.journal.entries())


def test_a_secret_in_the_command_is_refused(fleet: Any) -> None:
    done = fleet.yiwang("run", "node-01", "--", "PGPASSWORD=hunter22 psql")

    assert (done.returncode, "E2182" in done.stderr) == (64, True)
    assert all("hunter22" not in entry.line() for entry in fleet.app.journal.entries())


def test_every_use_stands_in_the_journal_and_every_answer_in_the_evidence(fleet: Any) -> None:
    fleet.yiwang("run", "node-01|node-02", "--", "false")

    begun, ended = journal(fleet, "command.run")[-1], journal(fleet, "command.end")[-1]
    seen = fleet.app.evidence.latest(Subject("node", "node-01"), kind="command")[0]
    assert (begun.detail["command"], begun.detail["targets"]) == ("false", ["node-01", "node-02"])
    assert ended.detail["codes"] == {"node-01": 1, "node-02": 1}
    assert (seen.verdict, seen.detail["use"]) == ("fail", begun.subject)


def test_a_node_that_is_off_is_told_beside_the_answers_of_the_others(fleet: Any) -> None:
    fleet.lab.machine("node-06").stop()

    done = fleet.yiwang("run", "node-05|node-06", "-o", "json", "--", "true")
    fleet.lab.machine("node-06").start()

    verdicts = {each["verdict"]: each for each in json.loads(done.stdout)["items"]}
    assert done.returncode == 4
    assert "E2001" in verdicts["unknown"]["problem"]
    assert verdicts["pass"]["targets"] == ["node-05"]


def test_an_estate_can_refuse_commands(fleet: Any, policy: Any) -> None:
    policy("refused")

    done = fleet.yiwang("run", "node-01", "--", "true")

    assert (done.returncode, "E2181" in done.stderr) == (1, True)


def test_a_command_that_needs_approval_runs_once_somebody_else_has_given_it(fleet: Any, policy: Any) -> None:
    policy("approved")
    words = ("run", "node-01", "--", "touch /run/approved && echo done")

    asked = fleet.yiwang(*words)
    own = fleet.yiwang("approve", asked.stderr.rpartition("approve ")[2].split()[0])
    before = fleet.lab.machine("node-01").run("ls", "/run").stdout.split()
    deployment = fleet.app.deployment()
    deployment.approve(deployment.plans.find(deployment.plans.all(limit=1)[0].id), "li")
    done = fleet.yiwang(*words)
    again = fleet.yiwang(*words)

    assert (asked.returncode, again.returncode) == (3, 3)
    assert "E2052" in own.stderr
    assert "approved" not in before
    assert "done" in done.stdout, done.stderr


def test_a_request_to_run_a_command_is_no_rollout(fleet: Any, policy: Any) -> None:
    policy("approved")
    fleet.yiwang("run", "node-02", "--", "true")

    done = fleet.yiwang("apply", fleet.app.deployment().plans.all(limit=1)[0].id)

    assert "E2185" in done.stderr


def test_an_approval_is_for_this_command_and_no_other(fleet: Any, policy: Any) -> None:
    policy("approved")
    fleet.yiwang("run", "node-03", "--", "true")
    deployment = fleet.app.deployment()
    deployment.approve(deployment.plans.find(deployment.plans.all(limit=1)[0].id), "li")

    other = fleet.yiwang("run", "node-03", "--", "false")
    elsewhere = fleet.yiwang("run", "node-04", "--", "true")

    assert (other.returncode, elsewhere.returncode) == (3, 3)
