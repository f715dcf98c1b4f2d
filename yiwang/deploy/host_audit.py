"""Looking at a host for what GB/T 22239-2019 asks of the secure computing environment (8.1.4, at level 2 7.1.4).

What is looked at, and what is expected, stands in the table ``host_checks.yaml``.  Nothing is changed, and what
cannot be told is told to be so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import yaml

from yiwang.core.i18n import language

if TYPE_CHECKING:
    from yiwang.deploy.engine.transport import Output, Transport

Verdict = Literal["pass", "fail", "unknown"]
Level = Literal[2, 3]
LONGEST_EVIDENCE = 400


@dataclass(frozen=True, slots=True)
class HostCheck:
    """One thing that a host is looked at for; ``titles`` by language (zh, en), ``clauses`` by level."""

    id: str
    titles: Mapping[str, str]
    clauses: Mapping[int, str]
    command: str
    expect: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Verdict = "fail"

    @property
    def title(self) -> str:
        """What must be so, in the language in force."""
        return self.titles["zh" if language() == "zh_CN" else "en"]


@dataclass(frozen=True, slots=True)
class HostFinding:
    """What was found: the check, the clause it is about, the verdict, and what the host itself said."""

    check: HostCheck
    clause: str
    verdict: Verdict
    evidence: str


def audit_host(transport: Transport, *, level: Level = 3) -> tuple[HostFinding, ...]:
    """Look at a host that is connected as root; one message there and back, in the order of the table.

    Raises:
        ReachError: the connection is lost.
    """
    checks = host_checks(level)
    outputs = transport.look([check.command for check in checks]).outputs or ()
    return tuple(_finding(check, level, output) for check, output in zip(checks, outputs, strict=True))


@cache
def host_checks(level: Level = 3) -> tuple[HostCheck, ...]:
    """The checks of a level."""
    table = yaml.safe_load(files(__package__).joinpath("host_checks.yaml").read_text(encoding="utf-8"))
    rows = ((id, dict(row)) for id, row in table["checks"].items())
    return tuple(
        HostCheck(id, row.pop("title"), _clauses(row.pop("clause"), table["levels"]), **row)
        for id, row in rows
        if row.pop("level", 2) <= level
    )


def _clauses(given: str, levels: Mapping[str, str]) -> dict[int, str]:
    clause, _blank, item = given.partition(" ")
    found = {3: given}
    if clause in levels:
        found[2] = f"{levels[clause]} {item}".strip()
    return found


def _finding(check: HostCheck, level: Level, output: Output) -> HostFinding:
    said = output.out.strip()
    complaint = output.err.strip() or f"exit {output.code}"
    verdict = verdict_of(check, output.code, said)
    evidence = (complaint if output.code else said)[:LONGEST_EVIDENCE]
    # A host may say any bytes; evidence is text, and PostgreSQL keeps no NUL.
    told = evidence.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd")
    return HostFinding(check, check.clauses[level], verdict, told)


def verdict_of(check: HostCheck, code: int, said: str) -> Verdict:
    """The verdict on what a command said; unknown when it failed, or said nothing where something is expected."""
    if code or (not said and "empty" not in check.expect):
        return "unknown"
    holds = _holds(check.expect, said)
    if holds is None:
        return "unknown"
    return "pass" if holds else check.otherwise


def _holds(expect: Mapping[str, Any], said: str) -> bool | None:
    if "empty" in expect:
        return not said
    if "is" in expect:
        return bool(said == expect["is"])
    if "any_of" in expect:
        return said in expect["any_of"]
    if "matches" in expect:
        return re.search(expect["matches"], said) is not None
    if not re.fullmatch(r"-?\d+", said):
        return None
    return bool(expect.get("from", int(said)) <= int(said) <= expect.get("to", int(said)))
