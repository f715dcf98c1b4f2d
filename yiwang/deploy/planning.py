"""Making a plan: every selected node is looked at, many at once, and what would change is put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import UsageError, YiwangError, code
from yiwang.core.i18n import N_
from yiwang.deploy.design import Design, design_of
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.memory import Remembered
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.plans import new_plan
from yiwang.deploy.wave import waves_of
from yiwang.deploy.way import endpoint_of, way_to

if TYPE_CHECKING:
    from yiwang.deploy.engine.change import Change
    from yiwang.deploy.engine.endpoint import Endpoint
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.selector import Selector

NOTHING_SELECTED = code(
    "E2057", N_("no node of the estate is selected"), N_("`yiwang inventory list kind=node` shows what there is")
)


@dataclass(frozen=True, slots=True)
class Look:
    """One target was looked at; how many of all are done."""

    target: PlannedTarget
    done: int
    total: int


@dataclass(frozen=True)
class Planner:
    """Looks at nodes; ``at_once`` of them at the same time."""

    estate: Estate
    tools: Tools
    at_once: int = 20

    def plan(
        self, selector: Selector | None, *, asked: str, requester: str, report: Callable[[Look], None] = lambda _: None
    ) -> Plan:
        """The plan for the selected nodes; one that cannot be looked at has its problem in the plan.

        Raises:
            UsageError: no node is selected (E2057).
            DeployError, NotFoundError: the estate asks for what cannot be (E2010–E2014, E2050–E2056, E2070, E2071).
        """
        names = nodes_of(self.estate, selector)
        targets = tuple(sorted(self.looks(names, report), key=lambda each: each.name))
        waves = waves_of(self.estate, [target.name for target in targets if target.is_changing])
        folder = str(self.estate.folder.absolute())
        return new_plan(requester=requester, estate=folder, selector=asked, targets=targets, waves=waves)

    def looks(self, names: Sequence[str], report: Callable[[Look], None]) -> Iterator[PlannedTarget]:
        """Each node as it is planned, in the order in which they answer."""
        # What the estate itself gets wrong is said before anything is connected to.
        designs = {name: design_of(self.estate, name, self.tools) for name in names}
        ways = {name: way_to(self.estate, name) for name in names}
        with ThreadPoolExecutor(max(1, min(self.at_once, len(names)))) as pool:
            waiting = [pool.submit(self._look, name, designs[name], ways[name]) for name in names]
            for done, each in enumerate(as_completed(waiting), 1):
                target = each.result()
                report(Look(target, done, len(names)))
                yield target

    def _look(self, name: str, design: Design, way: Mapping[str, Any]) -> PlannedTarget:
        plain = design.plain()
        try:
            known = self.tools.memory.of(name)
            endpoint = endpoint_of(way, self.tools.secrets)
            checked = check(endpoint, design.specification, self.tools, facts=known.facts, clean=known.clean)
            played = self._look_at_playbooks(endpoint, design, has_changed=bool(checked.changes))
        except YiwangError as error:
            return PlannedTarget(name, plain, problem=str(error))
        self.tools.memory.keep(name, Remembered(checked.facts, checked.clean))
        changes = tuple({"digest": change.digest, **change.plain()} for change in (*checked.changes, *played))
        return PlannedTarget(name, plain, checked.facts_digest, changes)

    def _look_at_playbooks(self, endpoint: Endpoint, design: Design, *, has_changed: bool) -> tuple[Change, ...]:
        if not design.playbooks:
            return ()
        from yiwang.deploy.playbooks.playing import look_at_playbooks

        return look_at_playbooks(endpoint, design.playbooks, self.tools, has_changed=has_changed)


def nodes_of(estate: Estate, selector: Selector | None) -> tuple[str, ...]:
    """The selected nodes, by name.

    Raises:
        UsageError: there is none (E2057).
    """
    names = tuple(name for kind, name, _ in estate.targets(selector) if kind == "nodes")
    if not names:
        raise UsageError(NOTHING_SELECTED)
    return names
