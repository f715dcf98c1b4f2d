"""Adopting a plan: what an estate lacks of it, with the dates shifted and the owners filled in.

What the estate already declares under the same name is left as the office has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.inventory.divisions import upper_divisions
from yiwang.inventory.model import LEVELS, Milestone, ReportSchedule
from yiwang.inventory.model.region import Level
from yiwang.inventory.plans.template import Plan, PlanOrganisation

WRONG_LEVEL = code(
    "E1422",
    N_("the plan is for the level {wanted}, but {region} is a {level}"),
    N_("adopt it in the estate of that level, or choose another plan: `yiwang inventory plans`"),
)

OFFICE, COUNTIES, CITY_OFFICE = "office", "counties", "city-office"
UPPER_OFFICE = "upper-office"
DUTY_OFFICE = {"name": "值班室"}
Objects = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Target:
    """The estate that a plan is adopted into: its own region, its regions' levels, and the names already taken."""

    region: str
    title: str
    levels: Mapping[str, Level]
    titles: Mapping[str, str]
    taken: Mapping[str, frozenset[str]]
    """Kind → names that the estate declares."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What must be added to the estate, by kind and name, and how many objects it already has."""

    added: Mapping[str, Objects]
    kept: int


def adopt(plan: Plan, target: Target, *, start: date | None = None) -> Adoption:
    """What the estate lacks of the plan; ``start`` is the day on which the first duty shall fall due.

    Raises:
        UsageError: the estate is not of the plan's level, nor of one below it that the plan has duties for.
    """
    return _Adopting(plan, target, start).run()


class _Adopting:
    def __init__(self, plan: Plan, target: Target, start: date | None) -> None:
        self.plan = plan
        self.target = target
        self.shift = start - plan.start if start else timedelta(0)
        self.level = target.levels[target.region]
        here = LEVELS.index(self.level)
        duties = {
            name: duty
            for name, duty in plan.milestones.items()
            if here <= LEVELS.index(duty.level) and duty.level in (*target.levels.values(), self.level)
        }
        if here < LEVELS.index(plan.level) or not duties:
            shown = f"{target.region} {target.title}"
            raise UsageError(WRONG_LEVEL, wanted=plan.level, region=shown, level=self.level)
        self.duties = duties
        self.counties = tuple(code_ for code_, level in target.levels.items() if level == "county")
        self.added: dict[str, Objects] = {"organisations": {}, "milestones": {}, "reports": {}}
        self.kept = 0

    def run(self) -> Adoption:
        for name, duty in self.duties.items():
            self.add("milestones", name, self.milestone(duty))
        for name, report in self.plan.reports.items():
            self.report(name, report)
        return Adoption({kind: objects for kind, objects in self.added.items() if objects}, self.kept)

    def add(self, kind: str, name: str, data: dict[str, Any]) -> None:
        if name in self.target.taken.get(kind, ()):
            self.kept += 1
        else:
            self.added[kind][name] = data

    def milestone(self, duty: Milestone) -> dict[str, Any]:
        data: dict[str, Any] = {
            "title": duty.title,
            "level": duty.level,
            "due": str(duty.due + self.shift),
            "owners": self.organisations(duty.owners),
        }
        if before := [name for name in duty.depends_on if name in self.duties]:
            data["depends_on"] = before
        return {**data, "evidence": duty.evidence, "source": self.source(duty.source)}

    def report(self, name: str, report: ReportSchedule) -> None:
        """One schedule, or one for each county."""
        if self.level == "county" and self.plan.level == "city" and report.owner != COUNTIES:
            return
        regions = self.counties if report.owner == COUNTIES else (self.target.region,)
        for region in regions:
            owner = _office(region) if report.owner == COUNTIES else report.owner
            data: dict[str, Any] = {"title": report.title, "kind": report.kind}
            if report.owner == COUNTIES:
                data["region"] = region
            if report.days:
                data["days"] = list(map(str, report.days))
            if report.start:
                data["start"] = str(report.start + self.shift)
            data |= {"owner": self.organisations((owner,))[0], "recipients": self.organisations(report.recipients)}
            full = f"{name}-{region}" if report.owner == COUNTIES else name
            self.add("reports", full, {**data, "source": self.source(report.source)})

    def source(self, clause: str) -> str:
        return f"{self.plan.document} {clause}".strip()

    def organisations(self, names: Iterable[str]) -> list[str]:
        """The organisations that the plan's names stand for; those that are missing are added."""
        found = dict.fromkeys(each for name in names for each in self.meant(name))
        for name in found:
            if name not in self.target.taken.get("organisations", ()):
                self.added["organisations"].setdefault(name, self.organisation(name))
        return list(found)

    def meant(self, name: str) -> tuple[str, ...]:
        own = _office(self.target.region)
        if name == COUNTIES:
            return tuple(map(_office, self.counties)) or (own,)
        if name == CITY_OFFICE:
            return (UPPER_OFFICE,) if self.level == "county" else (own,)
        return (own,) if name == OFFICE else (name,)

    def organisation(self, name: str) -> dict[str, Any]:
        region = self.target.region
        if name in self.plan.organisations:
            own = self.plan.organisations[name]
        elif name == UPPER_OFFICE:
            own = PlanOrganisation(title=f"{_title_above(region)}人民政府办公室", access_required=False)
        else:
            region = name.removeprefix("office-") if name.startswith("office-") else region
            own = PlanOrganisation(title=f"{self.target.titles.get(region, name)}人民政府办公室")
        data: dict[str, Any] = {"title": own.title.replace("{place}", self.target.title), "region": region}
        if own.kind != "department":
            data["kind"] = own.kind
        if not own.access_required:
            data["access_required"] = "false"
        return {**data, "contact": DUTY_OFFICE}


def _office(region: str) -> str:
    return f"office-{region}"


def _title_above(region: str) -> str:
    known = upper_divisions()
    above = known[region].parent if region in known else None
    return known[above].name if above else "上级"
