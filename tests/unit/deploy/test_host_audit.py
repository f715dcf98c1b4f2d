"""The table of host checks, and what is made of what a host says."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.deploy.engine.transport import Look, Output
from yiwang.deploy.host_audit import HostCheck, audit_host, host_checks, verdict_of

EXPECTATIONS = {"is", "any_of", "matches", "empty", "from", "to"}


def check(otherwise: str = "fail", **expect: object) -> HostCheck:
    return HostCheck("trial", {"zh": "试", "en": "trial"}, {3: "8.1.4.1 a"}, "true", expect, otherwise)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", host_checks(3), ids=lambda row: row.id)
def test_every_row_can_be_run_and_judged(row: HostCheck) -> None:
    syntax = subprocess.run(["sh", "-n", "-c", row.command], capture_output=True, text=True, check=False)

    assert syntax.stderr == ""
    assert row.expect.keys() <= EXPECTATIONS
    assert row.expect
    assert row.titles.keys() == {"zh", "en"}
    assert re.fullmatch(r"8\.1\.4\.\d+( [a-g])?", row.clauses[3])


def test_level_2_asks_for_less_under_its_own_clauses() -> None:
    second, third = host_checks(2), host_checks(3)

    assert {row.id for row in second} < {row.id for row in third}
    assert all(row.clauses[2].startswith("7.1.4.") for row in second)


@pytest.mark.parametrize(
    ("row", "said", "verdict"),
    [
        (check(empty=True), "", "pass"),
        (check(empty=True), "guest", "fail"),
        (check(**{"from": 8}), "10", "pass"),
        (check(**{"from": 8}), "6", "fail"),
        (check(to=0), "3", "fail"),
        (check(**{"from": 1}), "many", "unknown"),
        (check(**{"is": "active"}), "", "unknown"),
        (check(any_of=["1", "2"]), "2", "pass"),
        (check(matches="^root"), "admin", "fail"),
        (check("unknown", **{"from": 1}), "0", "unknown"),
    ],
)
def test_a_verdict_follows_from_what_was_said(row: HostCheck, said: str, verdict: str) -> None:
    assert verdict_of(row, 0, said) == verdict


@given(st.sampled_from(host_checks(3)), st.integers(1, 255), st.text())
def test_a_command_that_failed_never_passes_or_fails_a_host(row: HostCheck, code: int, said: str) -> None:
    assert verdict_of(row, code, said) == "unknown"


class Silent:
    """A host on which every command fails."""

    def look(self, commands: list[str], *, expect: str | None = None) -> Look:
        return Look("", tuple(Output(127, "", "sh: not found") for _ in commands))


def test_a_host_that_tells_nothing_is_unknown_throughout() -> None:
    findings = audit_host(Silent(), level=2)  # type: ignore[arg-type]

    assert {finding.verdict for finding in findings} == {"unknown"}
    assert findings[0].evidence == "sh: not found"
