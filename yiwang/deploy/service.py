"""Plans, approvals and rollouts of one estate: what the command line and the console call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from yiwang.core import journal
from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs import runs
from yiwang.deploy import tables
from yiwang.deploy.approval import NOTHING_TO_APPROVE, Approval, Approvals
from yiwang.deploy.design import design_of
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.planning import Look, Planner, nodes_of
from yiwang.deploy.plans import Plans
from yiwang.deploy.rollout import Frame, drift_of, rollback_of, rollout_of
from yiwang.deploy.way import way_to
from yiwang.inventory.selector import parse_selector

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database
    from yiwang.core.jobs.model import Run, RunPlan
    from yiwang.deploy.plan import Plan
    from yiwang.inventory.estate import Estate

VOID = code(
    "E2058",
    N_("the plan {plan} is void: the estate now says something else of {targets}"),
    N_("make a new plan and have it approved: yiwang plan {selector}"),
    N_("An approval is for exactly what was planned. Whatever changes of it makes a new plan necessary."),
)
IS_COMMAND = code(
    "E2185",
    N_("the plan {plan} is a request to run a command, not a rollout"),
    N_("once approved, the same `yiwang run` carries it out"),
)
SHOWN = 5


@dataclass(frozen=True)
class Deployment:
    """Plans and rollouts of an estate, kept in a database."""

    estate: Estate
    database: Database
    tools: Tools

    @cached_property
    def plans(self) -> Plans:
        """Every plan of the database."""
        return Plans(self.database)

    @cached_property
    def approvals(self) -> Approvals:
        """Every approval of the database."""
        return Approvals(self.database)

    def plan(self, selector: str, *, requester: str, report: Callable[[Look], None] = lambda _: None) -> Plan:
        """Look at the selected nodes and keep what would change.

        Raises:
            UsageError: the selector cannot be read, or no node is selected (E2057).
            DeployError, NotFoundError: the estate asks for what cannot be.
        """
        planner = Planner(self.estate, self.tools, self.estate.rollout.parallel)
        chosen = parse_selector(selector) if selector else None
        return self.plans.keep(planner.plan(chosen, asked=selector, requester=requester, report=report))

    def approve(self, plan: Plan, person: str, *, note: str = "") -> Approval:
        """Approve a plan.

        Raises:
            JobError: the person made it (E2052), it changes nothing (E2053), or is void (E2058).
        """
        self.require_valid(plan)
        return self.approvals.give(plan, person, self.estate.rollout, note=note)

    def begin(self, plan: Plan, requester: str) -> Run:
        """Make the run that carries an approved plan out; nothing is changed yet.

        Raises:
            JobError: it changes nothing (E2053), lacks approvals (E2054), is void (E2058) or a command (E2185).
        """
        if not plan.changing:
            raise JobError(NOTHING_TO_APPROVE, plan=plan.id)
        if plan.command:
            raise JobError(IS_COMMAND, plan=plan.id)
        self.require_valid(plan)
        self.approvals.require(plan, self.estate.rollout)
        wanted = rollout_of(plan, self._frame, requester=requester)
        with self.database.writing() as connection:
            run = runs.create(connection, wanted)
            connection.execute(insert(tables.plan_runs), [{"run_id": run.id, "plan_id": plan.id}])
            detail = {"plan": plan.id, "fingerprint": plan.fingerprint, "targets": len(plan.changing)}
            journal.append(connection, requester, "plan.apply", run.id, detail)
        return run

    def begin_rollback(self, run: Run, selector: str, requester: str) -> Run:
        """Make the run that puts back what a rollout changed, on all its targets or the selected ones.

        Raises:
            JobError: the run changed nothing there (E0506).
        """
        kept = runs.Runs(self.database)
        names = {name for _, name, _ in self.estate.targets(parse_selector(selector))} if selector else None
        steps = kept.steps(run.id)
        wanted = rollback_of(
            run.id, steps, self._frame, estate=str(self.estate.folder.absolute()), requester=requester, names=names
        )
        return self._create(wanted, "plan.rollback", {"run": run.id, "targets": len(wanted.steps)})

    def begin_drift(self, selector: str, requester: str) -> Run:
        """Make the run that looks whether the selected nodes are still as declared.

        Raises:
            UsageError: no node is selected (E2057).
        """
        return self._create(self.drift(selector, requester), "drift", {})

    def drift(self, selector: str, requester: str) -> RunPlan:
        """The run that looks whether the selected nodes are still as declared, not yet made.

        Raises:
            UsageError: no node is selected (E2057).
        """
        names = nodes_of(self.estate, parse_selector(selector) if selector else None)
        folder = str(self.estate.folder.absolute())
        return drift_of(names, self._plain, self._frame, estate=folder, requester=requester)

    def _create(self, wanted: RunPlan, action: str, detail: Mapping[str, Any]) -> Run:
        with self.database.writing() as connection:
            run = runs.create(connection, wanted)
            journal.append(connection, wanted.requester, action, run.id, detail)
        return run

    @property
    def _frame(self) -> Frame:
        return Frame(self.estate.rollout, self.estate.header.timezone, self._way, self._site)

    def _plain(self, name: str) -> Mapping[str, Any]:
        return design_of(self.estate, name, self.tools).plain()

    def require_valid(self, plan: Plan) -> None:
        """Refuse a plan that the estate has left behind.

        Raises:
            JobError: a target is to be something else now, or is gone (E2058).
        """
        other = [target.name for target in plan.changing if not self._is_still(target.name, target.specification)]
        if other:
            named = ", ".join(other[:SHOWN]) + (" …" if len(other) > SHOWN else "")
            raise JobError(VOID, plan=plan.id, targets=named, selector=plan.selector)

    def _is_still(self, name: str, planned: Mapping[str, Any]) -> bool:
        if name not in self.estate.nodes:
            return False
        return "command" in planned or self._plain(name) == planned

    def _way(self, name: str) -> Mapping[str, Any]:
        return way_to(self.estate, name)

    def _site(self, name: str) -> str:
        """The county from where a node is changed; empty for those that the city itself reaches."""
        chain = self.estate.region_chain(self.estate.nodes[name].region)
        return next((code for code in reversed(chain) if self.estate.regions[code].level == "county"), "")
