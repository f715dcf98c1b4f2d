"""What is wrong with a node, judged from what was seen of it last."""

from datetime import UTC, datetime, timedelta

import pytest

from yiwang.core.evidence import Observation, Subject, Verdict
from yiwang.deploy.status.node import standing_of

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
NODE = Subject("node", "a")


def seen(kind: str, verdict: Verdict = "pass", *, days: float = 0, **detail: object) -> Observation:
    return Observation(NODE, kind, verdict, detail, "rollout-1", NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("observed", "states"),
    [
        ((), ("never",)),
        ((seen("apply"),), ()),
        ((seen("drift"),), ()),
        ((seen("apply", "fail"),), ("failed",)),
        ((seen("apply", days=1), seen("gate.ssh", "unknown")), ("unknown",)),
        ((seen("apply"), seen("gate.ssh", "unknown", days=1)), ()),
        ((seen("apply"), seen("gate.service"), seen("gate.service", "fail")), ("closed",)),
        ((seen("apply", days=1), seen("drift", "fail")), ("drifted",)),
        ((seen("apply"), seen("drift", "fail", days=1)), ()),
        ((seen("apply", "fail"), seen("drift", "fail", days=1)), ("failed", "drifted")),
        ((seen("apply", days=8),), ("stale",)),
        ((seen("command", "fail"),), ("never",)),
    ],
)
def test_a_node_stands_as_what_was_seen_last_says(observed: tuple[Observation, ...], states: tuple[str, ...]) -> None:
    assert standing_of("a", observed, NOW).states == states


def test_a_node_whose_roles_change_nothing_is_not_missed() -> None:
    assert standing_of("a", (), NOW, is_changed=False).states == ()


@pytest.mark.parametrize(
    ("said", "expires", "states"),
    [
        ("notAfter=Dec  1 00:00:00 2026 GMT Certificate will not expire", datetime(2026, 12, 1, tzinfo=UTC), True),
        ("notAfter=Dec 1 00:00:00 2027 GMT", datetime(2027, 12, 1, tzinfo=UTC), False),
        ("notAfter=Feb 31 00:00:00 2027 GMT", None, False),
        ("Could not open file", None, False),
    ],
)
def test_a_certificate_that_expires_within_a_month_is_told(said: str, expires: datetime | None, states: bool) -> None:
    observed = (seen("apply"), seen("gate.certificate", gate="certificate path=/x", seen=said))

    standing = standing_of("a", observed, NOW)

    assert standing.certificates[0].expires == expires
    assert ("expiring" in standing.states) is states


def test_it_is_known_when_and_by_which_run_a_node_was_applied() -> None:
    standing = standing_of("a", (seen("apply", days=2), seen("drift", days=1)), NOW)

    assert (standing.applied, standing.run) == (NOW - timedelta(days=2), "rollout-1")
    assert standing.seen == NOW - timedelta(days=1)


def test_the_last_audit_is_told_and_has_no_part_in_the_state() -> None:
    audit = seen("host.audit", "unknown", level=3)

    standing = standing_of("a", (seen("apply", days=1), audit), NOW)

    assert standing.audit == audit
    assert standing.states == ()
