"""Checks and applies on nodes in memory: what is asked, when it is forgotten, and many nodes at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from pyinfra.context import host
from pyinfra.facts.files import FileContents
from pyinfra.operations import apt, files, python, server, systemd

from yiwang.core.validation import Declared
from yiwang.core.vault.secret import MASK, Secret
from yiwang.deploy.component import Component, Secrets
from yiwang.deploy.engine.apply import Applied, Order, Planned, apply
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.fake import FakeFile, FakeNode, FakeNodes
from yiwang.deploy.engine.faults import DeployError, ReachError
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.registry import Components

Trial = tuple[Endpoint, Specification, Tools]
Make = Callable[..., Trial]


class Spec(Declared):
    """Values of the trial component."""

    text: str = "hello"


@pytest.fixture
def node() -> FakeNode:
    """A node in memory."""
    return FakeNode("node", packages={"cron": "1.0"}, services={"cron": ("running", "enabled")})


@pytest.fixture
def make(node: FakeNode, tmp_path: Path) -> Make:
    """A trial of one component that is deployed by a function."""

    def made(deploy: Callable[[Spec, Secrets], None], *, text: str = "hello") -> Trial:
        component = Component("trial", "trial", Spec, deploy)
        tools = Tools(
            Components(more={component: tmp_path}), lambda reference: Secret("s3cr3t-word"), FakeNodes({"node": node})
        )
        return Endpoint("node", "x"), Specification("node", (tools.components.part("trial", {"text": text}),)), tools

    return made


def everything(spec: Spec, secrets: Secrets) -> None:
    apt.packages(packages=["cron", "nginx"])
    server.group(group="web", gid=3000)
    server.user(user="web", uid=3001, group="web", home="/home/web", shell="/bin/sh")
    files.directory(path="/etc/web", mode="750", user="web", group="web")
    files.put(src=StringIO(f"{spec.text}\n"), dest="/etc/web/a.conf", mode="640", user="root", group="web")
    files.line(path="/etc/web/b.conf", line="^b=.*", replace="b=1")
    server.sysctl(key="net.ipv4.tcp_syncookies", value=1)
    systemd.service(service="nginx", running=True, enabled=True)


def test_a_second_check_is_empty_and_the_third_is_one_round_trip(make: Make, node: FakeNode) -> None:
    trial = make(everything)

    done = apply(*trial, Order("run"))
    second = check(*trial, facts=done.facts)
    third = check(*trial, facts=second.facts, clean=second.clean)

    assert done.is_done, done.failure
    assert len(done.changes) == 8
    assert second.changes == ()
    assert (third.changes, third.round_trips) == ((), 1)
    assert node.files["/etc/web/a.conf"] == FakeFile(b"hello\n", 0o640, "root", "web")
    assert node.services["nginx"] == ("running", "enabled")
    assert node.unknown == []


def test_other_values_make_a_clean_verdict_worthless(make: Make) -> None:
    trial = make(everything)
    apply(*trial, Order("run"))
    clean = check(*trial).clean

    found = check(*make(everything, text="other"), clean=clean)

    assert [change.path for change in found.changes] == ["/etc/web/a.conf"]


def test_learnt_facts_are_asked_for_in_one_message(make: Make) -> None:
    apply(*make(everything), Order("run"))
    first = check(*make(everything))

    second = check(*make(everything), facts=first.facts)

    assert first.round_trips == len(first.facts.commands)
    assert second.round_trips == 1
    assert second.facts == first.facts


def test_no_answer_outlives_a_change(make: Make, node: FakeNode) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append("".join(host.get_fact(FileContents, path="/etc/value") or ()))

    def deploy(spec: Spec, secrets: Secrets) -> None:
        python.call(function=look)
        files.put(src=StringIO("new\n"), dest="/etc/value")
        python.call(function=look)
        server.shell(commands="echo newer >> /etc/value")
        python.call(function=look)

    node.write("/etc/value", b"old\n")
    trial = make(deploy)
    first = check(*trial)
    assert seen == []

    apply(*trial, Order("run"), facts=first.facts)

    assert seen == ["old", "new", "newnewer"]


def test_what_was_planned_is_held_to(make: Make, node: FakeNode) -> None:
    trial = make(everything)
    planned = Planned.of(check(*trial))
    node.write("/etc/web/b.conf", b"b=0\n")

    with pytest.raises(DeployError) as raised:
        apply(*trial, Order("run", planned))

    assert raised.value.error.id == "E2030"
    assert node.ran == [each for each in node.ran if "rollback" in each]


def test_a_failing_command_stops_the_rest(make: Make, node: FakeNode) -> None:
    node.failing = ["groupadd"]

    done = apply(*make(everything), Order("run"))

    assert [change.state for change in done.changes] == ["done", "failed", *["not-run"] * 6]
    assert "E2035" in str(done.failure)


def test_a_node_that_is_down_is_told(make: Make, node: FakeNode) -> None:
    node.is_down = True

    with pytest.raises(ReachError):
        check(*make(everything))


def test_a_secret_in_a_title_or_a_command_is_masked(make: Make) -> None:
    def deploy(spec: Spec, secrets: Secrets) -> None:
        word = secrets("vault:x").reveal()
        server.shell(name=f"set {word}", commands=f"passwd {word}")

    (change,) = check(*make(deploy)).changes

    assert change.title == f"set {MASK}"
    assert change.commands == (f"passwd {MASK}",)


def test_facts_that_carry_a_secret_are_neither_kept_nor_remembered(make: Make) -> None:
    def deploy(spec: Spec, secrets: Secrets) -> None:
        host.get_fact(FileContents, path=f"/etc/{secrets('vault:x').reveal()}")

    found = check(*make(deploy))

    assert found.facts.commands == ()
    assert found.clean is None


def test_many_nodes_are_changed_at_once_each_for_itself(tmp_path: Path) -> None:
    names = [f"node-{number}" for number in range(12)]
    nodes = {name: FakeNode(name, latency_seconds=0.001) for name in names}

    def deploy(spec: Spec, secrets: Secrets) -> None:
        for number in range(5):
            files.put(src=StringIO(f"{host.name} {spec.text}\n"), dest=f"/etc/{number}.conf")
            python.call(function=lambda: files.put(src=StringIO(host.name), dest="/etc/nested"))

    component = Component("trial", "trial", Spec, deploy)
    tools = Tools(Components(more={component: tmp_path}), Secret, FakeNodes(nodes))

    def work(name: str) -> Applied:
        part = tools.components.part("trial", {"text": name.upper()})
        return apply(Endpoint(name, "x"), Specification(name, (part,)), tools, Order("run"))

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work, names))

    assert all(each.is_done for each in done), [str(each.failure) for each in done]
    for name, node in nodes.items():
        contents = {node.files[f"/etc/{number}.conf"].content for number in range(5)}
        assert contents == {f"{name} {name.upper()}\n".encode()}
        assert node.files["/etc/nested"].content == name.encode()


def test_a_file_of_the_controller_is_read_anew_by_every_check(make: Make, node: FakeNode, tmp_path: Path) -> None:
    source = tmp_path / "banner.j2"
    source.write_text("one {{ text }}\n")
    trial = make(lambda spec, secrets: files.template(src=str(source), dest="/etc/banner", text=spec.text))
    apply(*trial, Order("run"))
    source.write_text("two {{ text }}\n")

    apply(*trial, Order("run"))

    assert node.files["/etc/banner"].content == b"two hello\n"
