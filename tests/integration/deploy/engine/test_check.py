"""Looking at a real node: what would change, and that nothing does."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from pyinfra.context import host
from pyinfra.operations import files, server

from yiwang.core.vault.secret import MASK
from yiwang.deploy.component import Secrets
from yiwang.deploy.engine.apply import Order, apply
from yiwang.deploy.engine.check import check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.rollback import rollback
from yiwang.lab.machine import Machine

from .conftest import SECRET, Make, Trial

pytestmark = pytest.mark.xdist_group("lab")

FILES_OF_A_NODE = "find / -xdev -newer /tmp/before ! -path '/proc/*' ! -path '/tmp/before' -printf '%p\\n'"


@pytest.fixture
def hardened(endpoint: Endpoint, hardening: Trial) -> Iterator[Trial]:
    """The node with the 25 steps applied, and put back afterwards."""
    applied = apply(endpoint, *hardening, Order("hardened"))
    assert applied.is_done, applied.failure
    yield hardening
    rollback(endpoint, "hardened", hardening[1])


def test_a_check_says_what_every_operation_would_change(endpoint: Endpoint, hardening: Trial) -> None:
    found = check(endpoint, *hardening)

    by_title = {change.title: change for change in found.changes}
    assert by_title["group netops"].kind == "group"
    assert by_title["file /etc/issue.net"].path == "/etc/issue.net"
    assert "+Authorized access only. Extranet node.\n" in by_title["file /etc/issue.net"].diff
    assert "+net.ipv4.tcp_syncookies = 1\n" in by_title["sysctl net.ipv4.tcp_syncookies"].diff
    assert "service cron" not in by_title


def test_a_difference_leads_from_the_running_file_to_the_desired_one(
    endpoint: Endpoint, lab_node: Machine, make: Make
) -> None:
    lab_node.run("sh", "-c", "printf 'a\\nb\\n' >/etc/trial")
    trial = make(lambda secrets: files.line(path="/etc/trial", line="^b$", replace="c"))

    (change,) = check(endpoint, *trial).changes

    assert change.diff.splitlines() == [
        "--- /etc/trial\trunning",
        "+++ /etc/trial\tdesired",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]


def test_a_check_leaves_no_trace_on_the_node(endpoint: Endpoint, lab_node: Machine, hardening: Trial) -> None:
    lab_node.run("touch", "/tmp/before")

    check(endpoint, *hardening)

    touched = lab_node.run("sh", "-c", FILES_OF_A_NODE).stdout.split()
    # The login itself is written down by the system.
    assert not [path for path in touched if not path.startswith(("/var/log", "/var/lib/systemd", "/run", "/dev"))]


def test_a_second_check_after_an_apply_finds_nothing(endpoint: Endpoint, hardened: Trial) -> None:
    found = check(endpoint, *hardened)

    assert found.changes == ()
    assert found.clean


def test_an_unchanged_node_is_checked_in_one_round_trip(endpoint: Endpoint, hardened: Trial) -> None:
    first = check(endpoint, *hardened)

    second = check(endpoint, *hardened, facts=first.facts, clean=first.clean)

    assert second.round_trips == 1
    assert second.changes == ()
    assert second.clean == first.clean


def test_a_change_by_hand_is_seen_although_the_last_check_was_clean(
    endpoint: Endpoint, lab_node: Machine, hardened: Trial
) -> None:
    first = check(endpoint, *hardened)
    lab_node.run("sh", "-c", "echo by hand >>/etc/issue.net; chmod 600 /etc/profile.d/tmout.sh; userdel auditor")

    second = check(endpoint, *hardened, facts=first.facts, clean=first.clean)

    assert [each.title for each in second.changes] == [
        "user auditor",
        "file /etc/issue.net",
        "file /etc/profile.d/tmout.sh",
    ]
    assert second.clean is None


def test_a_fact_that_changes_by_itself_is_never_remembered_as_clean(endpoint: Endpoint, make: Make) -> None:
    from pyinfra.facts.server import Command

    trial = make(lambda secrets: host.get_fact(Command, command="cat /proc/uptime /proc/sys/kernel/random/uuid"))
    first = check(endpoint, *trial)

    second = check(endpoint, *trial, facts=first.facts, clean=first.clean)

    assert second.facts_digest != first.facts_digest


def test_a_fact_that_fails_is_never_remembered_as_clean(endpoint: Endpoint, make: Make) -> None:
    from pyinfra.facts.server import Command

    trial = make(lambda secrets: host.get_fact(Command, command="exit 3", _ignore_errors=True))

    found = check(endpoint, *trial)

    assert found.changes == ()
    assert found.clean is None


def test_a_file_of_the_controller_that_changed_is_seen(
    endpoint: Endpoint, make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = tmp_path_factory.mktemp("elsewhere") / "banner"
    source.write_text("one\n")
    trial = make(lambda secrets: files.put(src=str(source), dest="/etc/trial-banner"))
    apply(endpoint, *trial, Order("banner"))
    first = check(endpoint, *trial)
    source.write_text("two\n")

    second = check(endpoint, *trial, facts=first.facts, clean=first.clean)

    assert first.clean
    assert "-one\n+two\n" in second.changes[0].diff


def test_no_secret_shows_in_a_change(endpoint: Endpoint, make: Make) -> None:
    def deploy(secrets: Secrets) -> None:
        content = f"password = {secrets('vault:x').reveal()}\n"
        files.put(name="secret file", src=StringIO(content), dest="/etc/trial-secret", mode="600")
        server.shell(name="secret command", commands=f"echo {content!r}")

    changes = check(endpoint, *make(deploy)).changes

    shown = repr([change.plain() for change in changes])
    assert SECRET.reveal() not in shown
    assert f"+password = {MASK}\n" in changes[0].diff


def test_a_condition_on_an_operation_before_it_is_foreseen(endpoint: Endpoint, make: Make) -> None:
    def deploy(secrets: Secrets) -> None:
        same = files.file(name="there", path="/etc/passwd")
        other = files.file(name="not there", path="/etc/trial-new")
        server.shell(name="after same", commands="true", _if=same.did_change)
        server.shell(name="after other", commands="true", _if=other.did_change)

    found = check(endpoint, *make(deploy))

    assert [change.title for change in found.changes] == ["not there", "after other"]


def test_a_component_that_changes_the_node_while_it_is_looked_at_is_refused(endpoint: Endpoint, make: Make) -> None:
    trial = make(lambda secrets: host.run_shell_command("touch /etc/trial-sneaky"))

    with pytest.raises(DeployError) as raised:
        check(endpoint, *trial)

    assert raised.value.error.id == "E2022"


def test_what_depends_on_a_change_before_it_is_said_to_be_unsure(endpoint: Endpoint, make: Make) -> None:
    def deploy(secrets: Secrets) -> None:
        files.directory(path="/etc/trial-folder")
        host.get_fact  # noqa: B018
        files.link(path="/etc/trial-link", target="/etc/trial-folder")

    found = check(endpoint, *make(deploy))

    assert [change.kind for change in found.changes] == ["folder", "link"]


def test_a_component_that_raises_is_told_with_its_name(endpoint: Endpoint, make: Make, tmp_path: Path) -> None:
    def deploy(secrets: Secrets) -> None:
        raise ValueError(f"it said {secrets('vault:x').reveal()}")

    with pytest.raises(DeployError) as raised:
        check(endpoint, *make(deploy))

    assert raised.value.error.id == "E2021"
    assert raised.value.values["component"] == "trial"
    assert SECRET.reveal() not in str(raised.value)
    assert raised.value.__cause__ is None
