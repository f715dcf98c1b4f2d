"""A plan's template: organisations, milestones and report schedules of one document."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from yiwang.core.document import parse, read
from yiwang.core.errors import EstateError, NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared, Flag, validate
from yiwang.inventory.model import Milestone, ReportSchedule
from yiwang.inventory.model.names import Name, Title

FOLDER = Path(__file__).with_name("templates")

UNKNOWN_PLAN = code(
    "E1421",
    N_('there is no plan "{given}"{suggestion}'),
    N_("`yiwang inventory plans` lists the plans; the path of a YAML file of your own will do as well"),
)


class PlanOrganisation(Declared):
    """An organisation that a plan names; ``{place}`` in its title is the estate's own division."""

    title: Title = Field(description=N_("official name, with {place} for the division"))
    kind: Literal["department", "government", "institution", "enterprise"] = Field(
        "department", description=N_("department, government, institution or enterprise")
    )
    access_required: Flag = Field(True, description=N_("whether it must be covered by the extranet"))


class Plan(Declared):
    """What a document demands, with its own dates.

    Among the owners three names stand for whoever it is in the estate: ``office`` is the office of
    the estate's own government, ``counties`` those of all its counties, ``city-office`` the city's.
    """

    title: Title = Field(description=N_("name of the plan"))
    document: Title = Field(description=N_("document that it follows"))
    level: Literal["province", "city", "county"] = Field(description=N_("level of the government that issued it"))
    start: Date = Field(description=N_("day on which the first duty falls due"))
    organisations: dict[Name, PlanOrganisation] = Field(
        default_factory=dict, description=N_("organisations that it names")
    )
    milestones: dict[Name, Milestone] = Field(description=N_("dated duties by name"))
    reports: dict[Name, ReportSchedule] = Field(default_factory=dict, description=N_("report schedules by name"))


def plan_names() -> tuple[str, ...]:
    """The names of the plans that come with Yiwang."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def load_plan(given: str) -> Plan:
    """The plan of a name, or of a YAML file.

    Raises:
        NotFoundError: there is no such plan.
        EstateError: the file has mistakes; the error carries them.
    """
    file = FOLDER / f"{given}.yaml" if given in plan_names() else Path(given)
    if not file.is_file():
        raise NotFoundError(UNKNOWN_PLAN, given=given, suggestion=suggestion(given, plan_names()))
    content, findings = read(file)
    document, problems = parse(content, file)
    findings = (*findings, *problems)
    if not findings:
        plan, findings = validate(Plan, document.data, lambda path, of_key: document.position(path, of_key=of_key))
        if plan is not None:
            return plan
    raise EstateError(findings)
