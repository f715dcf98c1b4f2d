"""Writing an adopted plan: into an estate's files, or into the texts of one that is being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from yiwang.core.i18n import N_, _
from yiwang.inventory.estate import Estate
from yiwang.inventory.generate.estate import SCHEMA
from yiwang.inventory.generate.text import document
from yiwang.inventory.lists.change import Change, Path
from yiwang.inventory.lists.edit import apply
from yiwang.inventory.loading.layers import leaves
from yiwang.inventory.model import KINDS
from yiwang.inventory.plans.adopt import Adoption, Objects, Target, adopt
from yiwang.inventory.plans.template import Plan
from yiwang.inventory.territory import Territory

HEADS = {
    "organisations": N_("Organisations that the adopted plans name."),
    "milestones": N_("Dated duties. Whether one is done is computed from evidence, never written here."),
    "reports": N_("Reports with their days and recipients."),
}
FILES = {"organisations": "organisations-plan.yaml", "milestones": "milestones.yaml", "reports": "reports.yaml"}


def target_of_estate(estate: Estate) -> Target:
    """What a plan must know of an estate."""
    regions = estate.regions
    return Target(
        estate.header.region,
        regions[estate.header.region].title if estate.header.region in regions else estate.header.title,
        {code: region.level for code, region in regions.items()},
        {code: region.title for code, region in regions.items()},
        {kind: frozenset(estate.declared.objects[kind]) for kind in KINDS},
    )


def adopt_while_making(place: Territory, organisations: Iterable[str], plans: Iterable[Plan]) -> dict[str, str]:
    """The plans' files for an estate that is being made and has these organisations.

    Raises:
        UsageError: a plan is for another level.
    """
    places = tuple(place.walk())
    levels = {each.code: each.level for each in places}
    titles = {each.code: each.name for each in places}
    added: dict[str, Objects] = {}
    for plan in plans:
        taken = {kind: frozenset(objects) for kind, objects in added.items()}
        taken["organisations"] = taken.get("organisations", frozenset()) | set(organisations)
        adoption = adopt(plan, Target(place.code, place.name, levels, titles, taken))
        for kind, objects in adoption.added.items():
            added.setdefault(kind, {}).update(objects)
    return _texts(added)


def _texts(added: Mapping[str, Objects]) -> dict[str, str]:
    schema = f"yaml-language-server: $schema={SCHEMA}"
    return {FILES[kind]: document([schema, _(HEADS[kind])], {kind: objects}) for kind, objects in added.items()}


def adopt_into(estate: Estate, plan: Plan, *, start: date | None = None, dry_run: bool = False) -> Adoption:
    """Adopt a plan into an estate's files; either all are written or none.

    Raises:
        UsageError: the plan is for another level, or a file cannot be written.
    """
    adoption = adopt(plan, target_of_estate(estate), start=start)
    if dry_run:
        return adoption
    fresh = {kind for kind in adoption.added if kind != "organisations" and not (estate.folder / FILES[kind]).exists()}
    if estate.folder.is_file():
        fresh = set()
    changes = [
        Change(kind, name, "added", _values(data), estate.declared.single["estate"].position(), "")
        for kind, objects in adoption.added.items()
        if kind not in fresh
        for name, data in objects.items()
    ]
    made = _texts({kind: adoption.added[kind] for kind in fresh})
    apply(estate, changes, {estate.folder / name: text.encode() for name, text in made.items()})
    return adoption


def _values(data: dict[str, object]) -> tuple[tuple[Path, str, str | list[str]], ...]:
    return tuple((tuple(map(str, path)), "", value) for path, value in leaves(data))
