"""Gates: probes with arguments, asked patiently."""

from collections.abc import Mapping

import pytest

from yiwang.deploy.component import Gate
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.transport import Output
from yiwang.deploy.gates.gate import Verdict, ask, judge
from yiwang.deploy.gates.probes import PROBES


class Node:
    """Answers every command that contains a word."""

    def __init__(self, answers: Mapping[str, Output]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None) -> Output:
        self.asked.append(command)
        return next((output for word, output in self.answers.items() if word in command), Output(127, "", "unknown"))


TRACKING = "A9FEA97B,10.0.0.1,3,1763775000.1,0.000021,0.0,0.0,0,0,0,0,0,0,Normal"


@pytest.mark.parametrize(
    ("gate", "answer", "expected"),
    [
        (Gate("ssh"), Output(0), True),
        (Gate("service", {"unit": "chrony"}), Output(0, "active\n"), True),
        (Gate("service", {"unit": "chrony"}), Output(3, "failed\n"), False),
        (Gate("tcp", {"port": 22}), Output(0), True),
        (Gate("tcp", {"port": 22}), Output(124), False),
        (Gate("http", {"url": "http://x/", "contains": "ok"}), Output(0, "it is ok\n200"), True),
        (Gate("http", {"url": "http://x/", "contains": "ok"}), Output(0, "it is ok\n503"), False),
        (Gate("http", {"url": "http://x/"}), Output(7, "", "refused"), False),
        (Gate("time-sync"), Output(0, TRACKING), True),
        (Gate("time-sync", {"max_offset_seconds": 0.000001}), Output(0, TRACKING), False),
        (Gate("time-sync"), Output(1, "", "506 Cannot talk to daemon"), None),
        (Gate("route", {"to": "10.0.0.1"}), Output(2, "", "Network is unreachable"), False),
        (Gate("dns", {"name": "mirror", "expect": "10.0.0.1"}), Output(0, "10.0.0.1\n"), True),
        (Gate("dns", {"name": "mirror", "expect": "10.0.0.1"}), Output(0, "10.0.0.11\n"), False),
        (Gate("command", {"command": "uname", "expect": "Linux"}), Output(0, "Linux"), True),
        (Gate("postgresql"), Output(0, "1\n"), True),
        (Gate("package-mirror", {"url": "http://m"}), Output(0, "-----BEGIN PGP SIGNED MESSAGE\n200"), True),
        (Gate("certificate", {"path": "/a"}), Output(0, "Certificate will not expire"), True),
        (Gate("certificate", {"path": "/a"}), Output(1, "Certificate will expire"), False),
    ],
)
def test_a_gate_passes_fails_or_cannot_tell(gate: Gate, answer: Output, expected: bool | None) -> None:
    assert ask(gate, Node({"": answer}), PROBES).passes is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gate", "code"), [(Gate("servise", {"unit": "x"}), "E2060"), (Gate("service", {"name": "x"}), "E2061")]
)
def test_a_gate_that_nobody_knows_is_refused(gate: Gate, code: str) -> None:
    with pytest.raises(DeployError) as caught:
        ask(gate, Node({}), PROBES)  # type: ignore[arg-type]

    assert caught.value.error.id == code


def test_what_a_gate_is_given_never_becomes_a_command_of_its_own() -> None:
    node = Node({"": Output(0, "active")})

    ask(Gate("service", {"unit": "x; rm -rf /"}), node, PROBES)  # type: ignore[arg-type]

    assert node.asked == ["systemctl is-active 'x; rm -rf /'"]


def test_a_service_that_needs_a_moment_is_waited_for() -> None:
    answers = iter([Verdict(False, "activating"), Verdict(True, "active")])

    (judged,) = judge([Gate("slow")], Node({}), {"slow": lambda _node: next(answers)})  # type: ignore[arg-type]

    assert judged.verdict.seen == "active"


def test_patience_ends() -> None:
    (judged,) = judge(
        [Gate("never", {"unit": "x"})],
        Node({}),  # type: ignore[arg-type]
        {"never": lambda _node, unit: Verdict(False, unit)},
        patience_seconds=0,
    )

    assert (judged.title, judged.verdict.word) == ("never unit=x", "fail")
