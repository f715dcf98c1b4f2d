"""How a whole estate stands: its nodes by what is wrong with them, plans that wait, runs that are not over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yiwang.core.evidence import Evidence, Observation
from yiwang.core.jobs.model import Run, RunState, Wave
from yiwang.core.jobs.runs import Runs
from yiwang.deploy.design import components_of
from yiwang.deploy.status.node import STALE, STATES, Certificate, Standing, standing_of
from yiwang.deploy.status.waiting import WaitingPlan, waiting_plans

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database
    from yiwang.inventory.estate import Estate

NOT_OVER = (RunState.open, RunState.paused, RunState.halted)
MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that is not over, and who carries it out; nobody when ``holder`` is empty."""

    run: Run
    waves: tuple[Wave, ...]
    holder: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How an estate stands at a moment."""

    time: datetime
    runs: tuple[OpenRun, ...]
    plans: tuple[WaitingPlan, ...]
    nodes: tuple[Standing, ...]

    @property
    def good(self) -> tuple[Standing, ...]:
        """The nodes with which nothing is wrong."""
        return tuple(each for each in self.nodes if not each.states)

    @property
    def by_state(self) -> Mapping[str, tuple[Standing, ...]]:
        """The nodes in each state, the gravest first; a node stands in each that holds for it."""
        found = {state: tuple(each for each in self.nodes if state in each.states) for state in STATES}
        return {state: nodes for state, nodes in found.items() if nodes}

    @property
    def next_expiry(self) -> tuple[Standing, Certificate] | None:
        """The certificate that expires first, of those whose expiry was seen."""
        dated = [(each.expires, node, each) for node in self.nodes for each in node.certificates if each.expires]
        first = min(dated, key=lambda found: (found[0], found[1].name), default=None)
        return (first[1], first[2]) if first else None

    @property
    def oldest(self) -> Standing | None:
        """The node that was looked at longest ago, of those that ever were."""
        seen = [(each.seen, each.name, each) for each in self.nodes if each.seen]
        return min(seen, key=lambda found: found[:2])[2] if seen else None

    @property
    def needs_somebody(self) -> bool:
        """Whether anything waits for a person."""
        return bool(self.plans or self.by_state or any(not each.holder for each in self.runs))


def overview(estate: Estate, database: Database, now: datetime, *, stale: timedelta = STALE) -> Overview:
    """How an estate stands now; no node is asked."""
    observed = _by_node(Evidence(database).newest_reports(subject_kind="node"))
    nodes = tuple(node_standing(estate, name, observed.get(name, ()), now, stale) for name in sorted(estate.nodes))
    with database.reading() as connection:
        plans = waiting_plans(connection, estate, now)
    return Overview(now, tuple(_open_runs(Runs(database))), plans, nodes)


def node_standing(
    estate: Estate, name: str, observed: Sequence[Observation], now: datetime, stale: timedelta = STALE
) -> Standing:
    """How one node of an estate stands."""
    return standing_of(name, observed, now, is_changed=bool(components_of(estate, name)), stale=stale)


def _by_node(observed: Iterable[Observation]) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = {}
    for each in observed:
        found.setdefault(each.subject.name, []).append(each)
    return found


def _open_runs(runs: Runs) -> Iterable[OpenRun]:
    for state in NOT_OVER:
        for run in runs.all(state=state, limit=MOST_RUNS):
            yield OpenRun(run, tuple(runs.waves(run.id)), runs.controller(run.id))
