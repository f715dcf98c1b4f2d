"""Changing a real node: what is done, what is kept, what is put back, and what survives being killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from pyinfra.operations import apt, files, server, systemd

from yiwang.deploy.component import Secrets
from yiwang.deploy.components.operations import command
from yiwang.deploy.engine.apply import Order, Planned, apply
from yiwang.deploy.engine.channel import Channel
from yiwang.deploy.engine.check import check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.rollback import rollback
from yiwang.lab.fixtures import eventually
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

from .conftest import HARDENING, SECRET, Make, Trial

pytestmark = pytest.mark.xdist_group("lab")

# Names that end in - are the copies that useradd makes of the files it changes.
STATE = (
    "find /etc -xdev -type f ! -name '*-' -exec sha256sum {} + | sort;"
    " find /etc ! -name '*-' -printf '%p %m %u %g\\n' | sort;"
    " sysctl -a 2>/dev/null | grep -E '^net.ipv4.(conf.all|tcp_syncookies)';"
    " nft -s list ruleset; systemctl is-enabled cron"
)


@pytest.fixture
def clean_node(lab_node: Machine) -> Iterator[Machine]:
    """The node; what the tests write there is removed afterwards."""
    yield lab_node
    lab_node.run("sh", "-c", "rm -rf /etc/trial* /var/lib/yiwang/rollback; nft flush ruleset; mkdir -p /run/yiwang")


def state_of(node: Machine) -> str:
    return node.run("sh", "-c", STATE).stdout


def test_what_was_planned_is_done_and_told(endpoint: Endpoint, hardening: Trial, clean_node: Machine) -> None:
    told = []
    planned = check(endpoint, *hardening)

    done = apply(endpoint, *hardening, Order("told", Planned.of(planned)), facts=planned.facts, report=told.append)
    rollback(endpoint, "told", hardening[1])

    titles = [change.title for change in planned.changes]
    assert done.is_done
    assert [change.title for change in done.changes] == titles
    assert {change.state for change in done.changes} == {"done"}
    assert [each.title for each in told if each.kind == "end"] == titles


def test_a_rollback_restores_every_file_byte_for_byte(
    endpoint: Endpoint, hardening: Trial, clean_node: Machine
) -> None:
    before = state_of(clean_node)
    apply(endpoint, *hardening, Order("there-and-back"))
    changed = state_of(clean_node)

    undone = rollback(endpoint, "there-and-back", hardening[1])

    assert changed != before
    assert "/etc/ssh/sshd_config" in undone.restored
    assert undone.cannot == ()
    assert state_of(clean_node) == before


def test_a_rollback_names_the_commands_that_it_cannot_undo(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    trial = make(lambda secrets: server.shell(name="once and for all", commands="true"))
    apply(endpoint, *trial, Order("commands"))

    undone = rollback(endpoint, "commands", trial[1])

    assert undone.cannot == ("once and for all",)


def test_a_rollback_puts_back_what_a_command_says_it_changes(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    def deploy(secrets: Secrets) -> None:
        new, old = "/etc/trial-new", "/etc/trial-old"
        written = [f"echo new >{new}", f"echo new >{old}"]
        command.ensure(name="told", commands=written, holds=f"grep new {old}", changes=[new, old])
        command.ensure(name="untold", commands=["touch /etc/trial-left"], holds="test -e /etc/trial-left")
        command.ensure(name="harmless", commands=["touch /run/trial"], holds="test -e /run/trial", changes=[])

    clean_node.run("sh", "-c", "echo old >/etc/trial-old; chmod 604 /etc/trial-old")
    trial = make(deploy)
    planned = check(endpoint, *trial)
    apply(endpoint, *trial, Order("told"))
    changed = clean_node.run("cat", "/etc/trial-new", "/etc/trial-old").stdout

    undone = rollback(endpoint, "told", trial[1])

    assert changed == "new\nnew\n"
    assert [change.is_undone for change in planned.changes] == [True, False, True]
    assert undone.cannot == ("untold",)
    assert set(undone.restored) == {"/etc/trial-new", "/etc/trial-old"}
    assert clean_node.run("sh", "-c", "cat /etc/trial-*; stat -c %a /etc/trial-old; ls /etc/trial*").stdout == (
        "old\n604\n/etc/trial-left\n/etc/trial-old\n"
    )
    clean_node.run("rm", "-f", "/run/trial")


def test_a_rollback_of_a_run_that_changed_nothing_is_refused(endpoint: Endpoint, hardening: Trial) -> None:
    with pytest.raises(DeployError) as raised:
        rollback(endpoint, "never-was", hardening[1])

    assert raised.value.error.id == "E2036"


def test_a_service_is_put_back_to_how_it_stood(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    trial = make(lambda secrets: systemd.service(service="cron", running=False, enabled=False))
    done = apply(endpoint, *trial, Order("service"))
    stopped = clean_node.run("systemctl", "is-active", "cron", check=False).stdout.strip()

    rollback(endpoint, "service", trial[1])

    assert done.is_done
    assert stopped == "inactive"
    assert clean_node.run("systemctl", "is-active", "cron").stdout.strip() == "active"
    assert clean_node.run("systemctl", "is-enabled", "cron").stdout.strip() == "enabled"


# Two of the lab's packages that need no other and are not there yet.
SMALL_PACKAGES = """apt-cache dumpavail | awk -v RS= '!/\\n(Pre-)?Depends:/ { print $2 }' | while read -r name; do
    dpkg -s "$name" >/dev/null 2>&1 || echo "$name"
done | head -n 2"""


def test_packages_that_a_run_installed_are_removed_and_later_ones_stay(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    # The mirror is behind the lab's routers, which need a moment to find the way.
    assert eventually(lambda: not clean_node.run("apt-get", "-qq", "update", "--error-on=any", check=False).returncode)
    first, later = clean_node.run("sh", "-c", SMALL_PACKAGES).stdout.split()
    trial = make(lambda secrets: apt.packages(packages=[first]))
    done = apply(endpoint, *trial, Order("packages"))
    clean_node.run("apt-get", "install", "-y", "-q", later)

    undone = rollback(endpoint, "packages", trial[1])

    assert done.is_done, done.failure
    assert undone.cannot == ()
    assert clean_node.run("dpkg", "-s", first, check=False).returncode
    assert "installed" in clean_node.run("dpkg", "-s", later).stdout


def test_the_first_failure_stops_the_rest(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    def deploy(secrets: Secrets) -> None:
        files.put(name="first", src=StringIO("1\n"), dest="/etc/trial-1")
        server.shell(name="second", commands="echo on the way; echo it broke >&2; exit 7")
        files.put(name="third", src=StringIO("3\n"), dest="/etc/trial-3")

    done = apply(endpoint, *make(deploy), Order("failing"))

    assert [change.state for change in done.changes] == ["done", "failed", "not-run"]
    assert done.failure
    assert "it broke" in str(done.failure)
    assert done.tail == ("on the way", "it broke")
    assert clean_node.run("ls", "/etc/trial-1").stdout
    assert not clean_node.run("sh", "-c", "ls /etc/trial-3 2>/dev/null || :").stdout


def test_a_second_apply_changes_nothing_and_leaves_no_trace(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    trial = make(lambda secrets: files.put(src=StringIO("1\n"), dest="/etc/trial-1"))
    apply(endpoint, *trial, Order("one"))

    done = apply(endpoint, *trial, Order("two"))

    assert done.changes == ()
    assert clean_node.run("ls", "/var/lib/yiwang/rollback").stdout.split() == ["one"]


def test_a_node_that_changed_since_the_plan_is_refused(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    clean_node.run("sh", "-c", "echo old >/etc/trial-1")
    trial = make(lambda secrets: files.put(src=StringIO("new\n"), dest="/etc/trial-1"))
    planned = Planned.of(check(endpoint, *trial))
    clean_node.run("sh", "-c", "echo other >/etc/trial-1")

    with pytest.raises(DeployError) as raised:
        apply(endpoint, *trial, Order("late", planned))

    assert raised.value.error.id == "E2030"
    assert clean_node.run("cat", "/etc/trial-1").stdout == "other\n"


def test_facts_that_do_not_touch_the_changes_do_not_void_a_plan(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    def deploy(secrets: Secrets) -> None:
        files.file(path="/etc/trial-0", present=False)
        files.put(src=StringIO("new\n"), dest="/etc/trial-1")

    clean_node.run("sh", "-c", "echo 0 >/etc/trial-0")
    trial = make(deploy)
    planned = Planned.of(check(endpoint, *trial))
    clean_node.run("rm", "/etc/trial-0")

    done = apply(endpoint, *trial, Order("half", planned))

    assert done.is_done
    assert len(done.changes) == 1


def test_an_apply_goes_on_with_what_the_same_run_has_begun(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    trial = make(lambda secrets: files.put(name="a", src=StringIO("new\n"), dest="/etc/trial-1", mode="640"))
    planned = Planned.of(check(endpoint, *trial))
    apply(endpoint, *trial, Order("again", planned))
    # As a kill between the writing of the file and the setting of its mode would leave it.
    clean_node.run("chmod", "600", "/etc/trial-1")

    done = apply(endpoint, *trial, Order("again", planned))

    assert done.is_done
    clean_node.run("chmod", "600", "/etc/trial-1")
    with pytest.raises(DeployError):
        apply(endpoint, *trial, Order("another-run", planned))


def test_a_file_is_never_readable_by_others_before_its_mode_is_set(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    def deploy(secrets: Secrets) -> None:
        files.put(src=StringIO(secrets("vault:x").reveal()), dest="/etc/trial-secret")
        server.shell(commands="stat -c %a /etc/trial-secret >/etc/trial-mode")

    apply(endpoint, *make(deploy), Order("secret"))

    assert clean_node.run("cat", "/etc/trial-mode").stdout.strip() == "600"


def test_a_secret_in_a_command_is_refused_and_one_on_standard_input_is_not(
    endpoint: Endpoint, make: Make, clean_node: Machine
) -> None:
    def deploy(secrets: Secrets) -> None:
        secret = secrets("vault:x").reveal()
        server.shell(name="good", commands="cat >/etc/trial-in", _stdin=secret)
        server.shell(name="bad", commands=f"echo '{secret}' >/etc/trial-bad")

    done = apply(endpoint, *make(deploy), Order("secrets"))

    assert done.failure
    assert "E2023" in str(done.failure)
    assert SECRET.reveal() not in repr(done)
    assert clean_node.run("cat", "/etc/trial-in").stdout.strip() == SECRET.reveal()


def test_no_secret_is_seen_in_the_nodes_processes(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    def deploy(secrets: Secrets) -> None:
        secret = secrets("vault:x").reveal()
        files.put(src=StringIO(secret), dest="/etc/trial-secret")
        look = "ps -eo args ww >>/etc/trial-ps; cat /proc/*/environ >>/etc/trial-ps 2>/dev/null; true"
        server.shell(commands=f"cat >/dev/null; {look}", _stdin=secret)

    apply(endpoint, *make(deploy), Order("processes"))

    seen = clean_node.run("cat", "/etc/trial-ps").stdout
    assert "python3" in seen
    assert SECRET.reveal() not in seen
    assert "trial-ps" not in seen


def test_two_applies_of_one_node_do_not_run_at_once(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    trial = make(lambda secrets: files.put(src=StringIO("1\n"), dest="/etc/trial-1"))
    other = Channel(endpoint)
    assert other.lock(wait=1)

    with pytest.raises(DeployError) as raised:
        apply(endpoint, *trial, Order("second", lock_seconds=0.5))
    other.close()

    assert raised.value.error.id == "E2009"
    assert eventually(lambda: apply(endpoint, *trial, Order("second")).is_done, seconds=5)


def test_a_rule_that_cuts_ssh_is_undone_by_the_node_itself(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    rules = (
        "flush ruleset\ntable inet cut {\n chain input {\n  type filter hook input priority 0; policy drop;\n }\n}\n"
    )

    def deploy(secrets: Secrets) -> None:
        files.put(name="rules", src=StringIO(rules), dest="/etc/nftables.conf")
        # The connection that is open now is cut as well; the command itself ends well.
        server.shell(name="load", commands="nft -f /etc/nftables.conf")

    before = clean_node.run("sh", "-c", "cat /etc/nftables.conf; nft -s list ruleset").stdout
    trial = make(deploy)
    done = apply(endpoint, *trial, Order("cut", dead_man_seconds=8))

    assert not done.is_done
    assert done.failure
    assert done.failure.error.id in ("E2006", "E2033", "E2034")
    assert {change.state for change in done.changes} <= {"undone", "failed"}
    assert eventually(
        lambda: clean_node.run("sh", "-c", "cat /etc/nftables.conf; nft -s list ruleset").stdout == before
    )
    assert len(check(endpoint, *trial).changes) == 2


def test_an_apply_that_is_reached_again_disarms_the_node(endpoint: Endpoint, make: Make, clean_node: Machine) -> None:
    trial = make(lambda secrets: files.put(src=StringIO("# ours\n"), dest="/etc/ssh/sshd_config.d/trial.conf"))

    done = apply(endpoint, *trial, Order("armed", dead_man_seconds=4))
    time.sleep(6)

    assert done.is_done
    assert check(endpoint, *trial).changes == ()
    rollback(endpoint, "armed", trial[1])


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_an_apply_that_was_killed_is_finished_by_the_next(
    endpoint: Endpoint, hardening: Trial, lab_estate: Lab, clean_node: Machine, seconds: float
) -> None:
    before = state_of(clean_node)
    planned = Planned.of(check(endpoint, *hardening))
    program = Path(__file__).with_name("killed.py")
    words = [sys.executable, str(program), lab_estate.layout.name, endpoint.name, str(HARDENING)]
    controller = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert controller.stdout
    controller.stdout.readline()
    time.sleep(seconds)
    controller.kill()
    controller.wait()
    controller.stdout.close()

    done = apply(endpoint, *hardening, Order("killed", planned))

    assert done.is_done, done.failure
    assert check(endpoint, *hardening).changes == ()
    rollback(endpoint, "killed", hardening[1])
    assert state_of(clean_node) == before
