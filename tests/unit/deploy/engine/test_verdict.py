"""Nodes that are alike are decided and changed alike, pyinfra being asked once; any difference is noticed."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyinfra.context import host
from pyinfra.operations import apt, files, python, server, systemd

from yiwang.core.validation import Declared
from yiwang.core.vault.secret import Secret
from yiwang.deploy.component import Component, Secrets
from yiwang.deploy.engine.apply import Applied, Order, Planned, apply
from yiwang.deploy.engine.check import Checked, Tools, check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.fake import FakeFile, FakeNode, FakeNodes
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.transport import Output
from yiwang.deploy.engine.verdict import Verdicts
from yiwang.deploy.registry import Components

FOLDER = Path(__file__).parent
Deploy = Callable[["Spec", Secrets], object]


class Spec(Declared):
    """Values of the trial component."""

    text: str = "hello"


class Fleet:
    """Nodes in memory that are all to be the same; ``calls`` counts how often pyinfra was asked."""

    def __init__(
        self, deploy: Deploy, nodes: Sequence[FakeNode], folder: Path = FOLDER, turn_seconds: float = 0.5
    ) -> None:
        self.calls = 0
        self.secret = "s3cr3t-word"
        self.nodes = {node.name: node for node in nodes}
        component = Component("trial", "trial", Spec, self._counted(deploy))
        components = Components(more={component: folder})
        connect, verdicts = FakeNodes(self.nodes), Verdicts(turn_seconds)
        self.tools = Tools(components, lambda reference: Secret(self.secret), connect, verdicts=verdicts)
        self.part = components.part("trial", {})

    def _counted(self, deploy: Deploy) -> Callable[["Spec", Secrets], None]:
        def counted(spec: Spec, secrets: Secrets) -> None:
            self.calls += 1
            deploy(spec, secrets)

        return counted

    def check(self, name: str, *, key: str = "county-key", known: Checked | None = None) -> Checked:
        endpoint = Endpoint(name, "x", private_key=Secret(key))
        clean = known.clean if known else None
        return check(
            endpoint, Specification(name, (self.part,)), self.tools, facts=known.facts if known else None, clean=clean
        )

    def apply(self, name: str, planned: Checked | None = None) -> Applied:
        order = Order("run", Planned.of(planned) if planned else None)
        endpoint = Endpoint(name, "x", private_key=Secret("county-key"))
        return apply(endpoint, Specification(name, (self.part,)), self.tools, order)


def bare(name: str) -> FakeNode:
    return FakeNode(name, packages={"cron": "1.0"}, services={"cron": ("running", "enabled")})


def everything(spec: Spec, secrets: Secrets) -> None:
    apt.packages(packages=["cron", "nginx"])
    server.group(group="web", gid=3000)
    server.user(user="web", uid=3001, group="web", home="/home/web", shell="/bin/sh")
    files.directory(path="/etc/web", mode="750", user="web", group="web")
    files.put(src=StringIO(f"{spec.text}\n"), dest="/etc/web/a.conf", mode="640", user="root", group="web")
    line = files.line(path="/etc/web/b.conf", line="^b=.*", replace="b=1")
    server.sysctl(key="net.ipv4.tcp_syncookies", value=1)
    systemd.service(service="nginx", running=True, enabled=True)
    server.shell(commands="systemctl restart nginx", _if=line.did_change)


def test_nodes_that_are_alike_are_looked_at_by_pyinfra_once() -> None:
    fleet = Fleet(everything, [bare(name) for name in "abc"])

    found = [fleet.check(name) for name in "abc"]

    assert fleet.calls == 1
    assert found[0].changes == found[1].changes == found[2].changes
    assert len(found[0].changes) == 9
    # One message for the facts, one for the differences.
    assert [each.round_trips for each in found[1:]] == [2, 2]


def test_nodes_that_are_alike_are_changed_by_pyinfra_once_and_are_the_same_afterwards() -> None:
    fleet = Fleet(everything, [bare(name) for name in "abc"])
    plans = {name: fleet.check(name) for name in "abc"}

    done = [fleet.apply(name, plans[name]) for name in "abc"]

    assert fleet.calls == 2
    assert all(each.is_done for each in done)
    assert [change.state for change in done[2].changes] == ["done"] * 9
    first, *others = fleet.nodes.values()
    for other in others:
        assert (other.files, other.packages, other.services) == (first.files, first.packages, first.services)
        assert other.ran == first.ran
    assert fleet.check("c").changes == ()


def test_a_node_that_differs_is_decided_for_itself() -> None:
    odd = bare("odd")
    odd.write("/etc/web/b.conf", b"a=1\nb=0\n")
    fleet = Fleet(everything, [bare("a"), odd])
    fleet.check("a")

    found = fleet.check("odd")

    assert fleet.calls == 2
    assert "-b=0\n+b=1\n" in "".join(change.diff for change in found.changes)


def test_alike_nodes_whose_files_differ_have_their_own_diffs() -> None:
    nodes = [bare(name) for name in "ab"]
    for node in nodes:
        node.write("/etc/motd", f"I am {node.name}\n".encode())
    fleet = Fleet(lambda spec, secrets: files.put(src=StringIO("hello\n"), dest="/etc/motd", force=True), nodes)
    for node in nodes:
        node.answers = {command: "" for command in fleet.check(node.name).facts.commands if "sha" in command}

    diffs = [fleet.check(name).changes[0].diff for name in "ab"]

    assert ["-I am a" in diffs[0], "-I am b" in diffs[1]] == [True, True]


class Listening(FakeNode):
    """A node that remembers what it was asked."""

    def do(self, command: str, stdin: bytes = b"") -> Output:
        self.ran.append(command)
        return super().do(command, stdin)


def test_every_copy_that_is_made_for_a_difference_has_a_name_of_its_own() -> None:
    def deploy(spec: Spec, secrets: Secrets) -> None:
        for number in range(3):
            files.line(path=f"/etc/{number}.conf", line="^b=.*", replace="b=1")

    nodes = [Listening(name, files={f"/etc/{n}.conf": FakeFile(b"b=0\n") for n in range(3)}) for name in "ab"]
    fleet = Fleet(deploy, nodes)

    for name in "ab":
        fleet.check(name)

    made = [line for node in nodes for command in node.ran for line in command.splitlines() if "mkdir -m 700" in line]
    assert len(made) == len(set(made)) == 6


def test_nodes_that_are_looked_at_at_once_are_decided_once() -> None:
    names = [f"node-{number}" for number in range(8)]
    fleet = Fleet(everything, [bare(name) for name in names], turn_seconds=60)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fleet.check, names))

    assert fleet.calls == 1
    assert all(each.changes == found[0].changes for each in found)


class Hanging(FakeNode):
    """A node that answers only when it is let go."""

    def do(self, command: str, stdin: bytes = b"") -> Output:
        assert LET_GO.wait(60)
        return super().do(command, stdin)


LET_GO = threading.Event()


def test_a_node_that_hangs_holds_no_other_up() -> None:
    fleet = Fleet(everything, [Hanging("hanging"), FakeNode("quick")])

    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(fleet.check, "hanging")
        while not fleet.calls:
            time.sleep(0.01)
        quick = fleet.check("quick")
        LET_GO.set()

    assert quick.changes == hanging.result().changes


def test_a_component_that_asks_for_the_name_is_asked_for_every_node() -> None:
    def deploy(spec: Spec, secrets: Secrets) -> None:
        files.put(src=StringIO(f"{host.name}\n"), dest="/etc/name")

    fleet = Fleet(deploy, [bare("a"), bare("b")])

    for name in "ab":
        fleet.apply(name)

    assert [node.files["/etc/name"].content for node in fleet.nodes.values()] == [b"a\n", b"b\n"]


def test_a_template_that_asks_for_the_name_is_filled_in_for_every_node(tmp_path: Path) -> None:
    source = tmp_path / "name.j2"
    source.write_text("{{ host }}\n")
    os.utime(source, (1, 1))
    deploy = lambda spec, secrets: files.template(src=str(source), dest="/etc/name")  # noqa: E731
    fleet = Fleet(deploy, [bare("a"), bare("b")], tmp_path)

    for name in "ab":
        fleet.apply(name)

    assert [node.files["/etc/name"].content for node in fleet.nodes.values()] == [b"a\n", b"b\n"]


def test_another_login_is_another_kind_of_node() -> None:
    fleet = Fleet(everything, [bare("a"), bare("b")])
    fleet.check("a")

    fleet.check("b", key="hello")

    assert fleet.calls == 2


def with_secret(spec: Spec, secrets: Secrets) -> None:
    files.put(src=StringIO(secrets("vault:word").reveal()), dest="/etc/word", mode="600")


def test_a_secret_that_was_changed_is_carried_to_nodes_that_were_clean() -> None:
    fleet = Fleet(with_secret, [bare("a")])
    fleet.apply("a")
    clean = fleet.check("a")
    fleet.secret = "an0ther-word"

    found = fleet.check("a", known=clean)
    fleet.apply("a", found)

    assert clean.changes == ()
    assert [change.path for change in found.changes] == ["/etc/word"]
    assert fleet.nodes["a"].files["/etc/word"].content == b"an0ther-word"


def test_a_secret_is_hidden_on_every_node_that_it_is_carried_to() -> None:
    fleet = Fleet(with_secret, [bare("a"), bare("b")])
    for name in "ab":
        fleet.nodes[name].write("/etc/word", b"old\n")
    shown = [str(fleet.check(name).changes) for name in "ab"]

    assert fleet.calls == 1
    assert not any("s3cr3t-word" in each for each in shown)


def test_a_file_of_the_controller_that_was_changed_is_read_anew(tmp_path: Path) -> None:
    source = tmp_path / "banner"
    source.write_text("one\n")
    os.utime(source, (1, 1))
    deploy = lambda spec, secrets: files.put(src=str(source), dest="/etc/banner")  # noqa: E731
    fleet = Fleet(deploy, [bare("a"), bare("b")], tmp_path)
    fleet.apply("a")
    source.write_text("two\n")

    fleet.apply("b")

    assert fleet.nodes["b"].files["/etc/banner"].content == b"two\n"


class Wayward(FakeNode):
    """A node on which something else happens once the first package is there."""

    def do(self, command: str, stdin: bytes = b"") -> Output:
        if "apt-get" in command and "install" in command:
            self.write("/etc/web/b.conf", b"a=1\nb=0\n")
        return super().do(command, stdin)


def test_pyinfra_takes_over_where_a_node_first_answers_otherwise() -> None:
    odd = Wayward("odd", packages={"cron": "1.0"}, services={"cron": ("running", "enabled")})
    fleet = Fleet(everything, [bare("a"), odd])
    plans = {name: fleet.check(name) for name in ("a", "odd")}
    fleet.apply("a", plans["a"])
    assert fleet.calls == 2

    done = fleet.apply("odd", plans["odd"])

    assert done.is_done, done.failure
    assert fleet.calls == 3
    assert odd.files["/etc/web/b.conf"].content == b"a=1\nb=1\n"
    assert odd.packages.keys() == {"cron", "nginx"}
    assert odd.ran.count("systemctl restart nginx") == 1
    assert fleet.check("odd").changes == ()


def test_a_command_that_fails_on_one_of_many_fails_there() -> None:
    fleet = Fleet(everything, [bare("a"), bare("b")])
    fleet.nodes["b"].failing = ("^groupadd",)
    plans = {name: fleet.check(name) for name in "ab"}
    fleet.apply("a", plans["a"])

    done = fleet.apply("b", plans["b"])

    assert str(done.failure).startswith("E2035")
    assert "it is set up to fail" in str(done.failure)
    assert [change.state for change in done.changes][:3] == ["done", "failed", "not-run"]


def test_what_an_operation_says_may_decide_and_is_then_asked_of_every_node() -> None:
    def deploy(spec: Spec, secrets: Secrets) -> None:
        said = server.shell(commands="say")
        server.shell(commands="more", _if=lambda: not said.is_complete() or "yes" in said.stdout)

    nodes = [FakeNode("a", answers={"say": "yes\n"}), FakeNode("b", answers={"say": "no\n"})]
    fleet = Fleet(deploy, nodes)

    for name in "ab":
        fleet.apply(name)

    assert "more" in nodes[0].ran
    assert "more" not in nodes[1].ran


def test_a_function_of_the_controller_is_called_for_every_node() -> None:
    called: list[str] = []
    nodes = [bare("a"), bare("b")]
    fleet = Fleet(lambda spec, secrets: python.call(function=lambda: called.append("x")), nodes)

    for name in "ab":
        fleet.apply(name)

    assert called == ["x", "x"]


contents = st.sampled_from([None, b"", b"b=0\n", b"b=1\n", b"a=1\nb=2\n"])
states = st.fixed_dictionaries({
    "line": contents,
    "file": st.sampled_from([None, b"hello\n", b"other\n"]),
    "mode": st.sampled_from([0o640, 0o644]),
    "packages": st.sets(st.sampled_from(["nginx", "cron"])),
    "has_group": st.booleans(),
})  # fmt: skip


def node_of(name: str, state: dict[str, object]) -> FakeNode:
    node = FakeNode(name, packages=dict.fromkeys(state["packages"], "1"))  # type: ignore[call-overload]
    for path, content in (("/etc/web/b.conf", state["line"]), ("/etc/web/a.conf", state["file"])):
        if isinstance(content, bytes):
            node.files[path] = FakeFile(content, int(str(state["mode"])))
    if state["has_group"]:
        node.groups["web"] = 3000
    return node


@given(st.lists(states, min_size=2, max_size=6))
@settings(max_examples=15, deadline=None)
def test_whoever_went_before_a_node_becomes_the_same(drawn: list[dict[str, object]]) -> None:
    names = [f"node-{number}" for number in range(len(drawn))]
    together = Fleet(everything, [node_of(name, state) for name, state in zip(names, drawn, strict=True)])
    alone = [Fleet(everything, [node_of(name, state)]) for name, state in zip(names, drawn, strict=True)]

    for name, single in zip(names, alone, strict=True):
        plans = together.check(name), single.check(name)
        done = together.apply(name, plans[0]), single.apply(name, plans[1])

        assert plans[0].changes == plans[1].changes
        assert plans[0].facts_digest == plans[1].facts_digest
        assert done[0].changes == done[1].changes
        ours, theirs = together.nodes[name], single.nodes[name]
        assert (ours.files, ours.packages, ours.groups, ours.users, ours.services, ours.settings) == (
            (theirs.files, theirs.packages, theirs.groups, theirs.users, theirs.services, theirs.settings)
        )


@pytest.mark.parametrize("count", [1, 20])
def test_nothing_is_left_to_change_when_the_same_is_looked_at_again(count: int) -> None:
    fleet = Fleet(everything, [bare(f"node-{number}") for number in range(count)])

    for name in fleet.nodes:
        fleet.apply(name)

    assert [fleet.check(name).changes for name in fleet.nodes] == [()] * count
