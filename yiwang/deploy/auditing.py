"""Auditing many hosts at once: each is asked in one message, and what it says is kept as evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yiwang.core import journal
from yiwang.core.errors import YiwangError
from yiwang.core.evidence import Observation, Subject, Verdict, record
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.session import masking_of
from yiwang.deploy.host_audit import HostFinding, Level, audit_host
from yiwang.deploy.planning import nodes_of
from yiwang.deploy.way import endpoint_of, way_to
from yiwang.inventory.selector import parse_selector

if TYPE_CHECKING:
    from yiwang.deploy.engine.check import Tools
    from yiwang.deploy.service import Deployment
    from yiwang.inventory.model import Node

KIND = "host.audit"
"""Evidence and journal entries of this kind."""


@dataclass(frozen=True, slots=True)
class HostReport:
    """What was found on one host; without findings, the ``problem`` of looking at it."""

    host: str
    level: Level
    findings: tuple[HostFinding, ...] = ()
    problem: str = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many checks came to each verdict."""
        return Counter(each.verdict for each in self.findings)

    @property
    def verdict(self) -> Verdict:
        """Fail when any check fails; pass only when every one passes."""
        if self.counts.get("fail"):
            return "fail"
        return "unknown" if self.problem or self.counts.get("unknown") else "pass"


def audit_hosts(
    deployment: Deployment,
    selector: str,
    *,
    person: str,
    report: Callable[[HostReport, int, int], None] = lambda _report, _done, _total: None,
) -> tuple[HostReport, ...]:
    """Look at the selected hosts, as many at once as the estate's rollout allows; by name.

    Each report is told as it comes, with how many are done of how many.  A host that cannot be reached
    has its problem in its report; every report is evidence.

    Raises:
        UsageError: the selector cannot be read, or no node is selected (E2057).
        DeployError: there is no way to a host (E2055, E2056).
    """
    estate = deployment.estate
    names = nodes_of(estate, parse_selector(selector) if selector else None)
    ways = {name: way_to(estate, name) for name in names}
    pool = ThreadPoolExecutor(max(1, min(estate.rollout.parallel, len(names))))
    done: list[HostReport] = []
    try:
        waiting = [pool.submit(_look, deployment.tools, ways[name], level_of(estate.nodes[name])) for name in names]
        for each in as_completed(waiting):
            done.append(each.result())
            report(done[-1], len(done), len(names))
    finally:
        # Interrupted, what runs already ends, and nothing more begins.
        pool.shutdown(cancel_futures=True)
        _keep(deployment, selector, person, done)
    return tuple(sorted(done, key=lambda each: each.host))


def level_of(node: Node) -> Level:
    """The level by whose clauses a node is judged: 2 up to its protection level 2, else 3, also where none is declared.

    The table goes no further in either direction.
    """
    return 2 if node.mlps_level is not None and node.mlps_level <= 2 else 3


def _look(tools: Tools, way: Mapping[str, Any], level: Level) -> HostReport:
    try:
        endpoint = endpoint_of(way, tools.secrets)
        found = reach(endpoint, tools.connect, lambda transport: audit_host(transport, level=level))
    except YiwangError as error:
        return HostReport(way["name"], level, problem=str(error))
    masking = masking_of(endpoint)
    return HostReport(way["name"], level, tuple(replace(each, evidence=masking.mask(each.evidence)) for each in found))


def _keep(deployment: Deployment, selector: str, person: str, reports: Sequence[HostReport]) -> None:
    verdicts = Counter(each.verdict for each in reports)
    detail = {"selector": selector, "hosts": len(reports), "verdicts": dict(verdicts)}
    with deployment.database.writing() as connection:
        journal.append(connection, person, KIND, deployment.estate.header.name, detail)
        record(connection, [_observation(each) for each in reports])


def _observation(report: HostReport) -> Observation:
    detail: dict[str, Any] = {"level": report.level}
    if report.problem:
        detail["problem"] = report.problem
    else:
        detail["counts"] = dict(report.counts)
        detail["findings"] = [
            {"check": each.check.id, "clause": each.clause, "verdict": each.verdict, "evidence": each.evidence}
            for each in report.findings
        ]
    return Observation(Subject("node", report.host), KIND, report.verdict, detail)
