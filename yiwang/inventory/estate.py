"""The estate: all declared objects, resolved and frozen, with the place of every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yiwang.core.errors import Position
from yiwang.inventory.loading.declarations import Declarations
from yiwang.inventory.loading.layers import Layer, defaults_layer, position_of
from yiwang.inventory.model import (
    LEVELS,
    Adapter,
    Addressing,
    Agreement,
    Device,
    EstateHeader,
    Group,
    Link,
    Milestone,
    Node,
    Organisation,
    Region,
    ReportSchedule,
    Role,
    Rollout,
    Site,
    System,
    Waiver,
    Zone,
)
from yiwang.inventory.selector import Facts, Selector

Target = Node | Device


@dataclass(frozen=True)
class Estate:
    """Everything that is declared; each mapping is keyed by the object's name (a region's by its code)."""

    folder: Path
    header: EstateHeader
    addressing: Addressing
    rollout: Rollout
    zones: Mapping[str, Zone]
    roles: Mapping[str, Role]
    groups: Mapping[str, Group]
    regions: Mapping[str, Region]
    sites: Mapping[str, Site]
    nodes: Mapping[str, Node]
    devices: Mapping[str, Device]
    links: Mapping[str, Link]
    organisations: Mapping[str, Organisation]
    systems: Mapping[str, System]
    adapters: Mapping[str, Adapter]
    agreements: Mapping[str, Agreement]
    milestones: Mapping[str, Milestone]
    reports: Mapping[str, ReportSchedule]
    waivers: Mapping[str, Waiver]
    declared: Declarations = field(repr=False, compare=False)
    memberships: Mapping[tuple[str, str], tuple[str, ...]] = field(repr=False, compare=False)
    """(kind, name) of an object → the groups it takes values from, weakest first."""

    def region_chain(self, code: str) -> tuple[str, ...]:
        """The codes from the estate's own region down to ``code``; as far as they are declared."""
        return self.region_chains.get(code, ())

    @cached_property
    def region_chains(self) -> Mapping[str, tuple[str, ...]]:
        """Every region's chain of codes, from the top."""
        return MappingProxyType(region_chains({code: region.parent for code, region in self.regions.items()}))

    def layers(self, kind: str, name: str) -> tuple[Layer, ...]:
        """Where an object's values come from, weakest first, the object itself last."""
        return object_layers(self.declared, kind, name, self.region_chains, self.memberships.get((kind, name), ()))

    def position(self, kind: str, name: str, *path: str | int) -> Position:
        """Where a value of an object is declared; the object's own name without a path."""
        return position_of(self.layers(kind, name), path)

    def targets(self, selector: Selector | None = None) -> Iterator[tuple[str, str, Target]]:
        """Nodes and devices that a selector matches, as (kind, name, object), in name order."""
        found: list[tuple[str, str, Target]] = [("nodes", name, node) for name, node in self.nodes.items()]
        found += [("devices", name, device) for name, device in self.devices.items()]
        for kind, name, target in sorted(found, key=lambda each: each[1]):
            if selector is None or selector.matches(self.facts(kind, name, target)):
                yield kind, name, target

    def address_of(self, target: Target) -> str:
        """The address by which a target is managed; empty when none is declared."""
        if isinstance(target, Device):
            return str(target.management or "")
        own = target.addresses.get(target.zone) or next(iter(target.addresses.values()), None)
        return target.connection.host or (str(own.ip) if own else "")

    def facts(self, kind: str, name: str, target: Any) -> Facts:
        """What a selector can ask of an object."""
        groups = self.memberships.get((kind, name), ())
        return facts_of(kind, name, target.__dict__, self.region_chains, self.regions, groups)


def region_chains(parents: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Each region's chain of codes from the top; a circle ends where it closes."""
    chains: dict[str, tuple[str, ...]] = {}

    def chain(code: str, below: frozenset[str]) -> tuple[str, ...]:
        if code not in chains:
            parent = parents.get(code)
            known = parent is not None and parent in parents and parent not in below | {code}
            above = chain(str(parent), below | {code}) if known else ()
            chains[code] = (*above, code)
        return chains[code]

    for code in parents:
        chain(code, frozenset())
    return chains


def object_layers(
    declared: Declarations,
    kind: str,
    name: str,
    chains: Mapping[str, tuple[str, ...]],
    groups: tuple[str, ...],
) -> tuple[Layer, ...]:
    """The layers of one object, weakest first: defaults, regions from the top, groups, itself."""
    own = declared.objects[kind][name]
    found = [defaults_layer("defaults", declared.single["defaults"], kind, ())] if "defaults" in declared.single else []
    for code in chains.get(str(own.data.get("region")), ()):
        found.append(defaults_layer(f"region {code}", declared.objects["regions"][code], kind, ("defaults",)))
    for group in groups:
        found.append(defaults_layer(f"group {group}", declared.objects["groups"][group], kind, ()))
    return (*(layer for layer in found if layer), Layer("object", own.data, own))


REGION_KEYS = frozenset(("region", "level", *LEVELS))


def facts_of(
    kind: str,
    name: str,
    data: Mapping[str, Any],
    chains: Mapping[str, tuple[str, ...]],
    regions: Mapping[str, Region],
    groups: tuple[str, ...],
    *,
    asked: frozenset[str] = REGION_KEYS,
) -> Facts:
    """A selector's view of an object, from its resolved values or from merged raw data.

    Where nothing about regions is ``asked``, they are left out, which is quicker.
    """
    facts: dict[str, tuple[str, ...]] = {"name": (name,), "kind": (kind, kind.removesuffix("s")), "group": groups}
    for key in ("zone", "platform", "site", "organisation"):
        if value := data.get(key):
            facts[key] = (str(value),)
    facts["role"] = tuple(data.get("roles") or ()) or ((str(data["role"]),) if data.get("role") else ())
    facts["tag"] = tuple(data.get("tags") or ())
    if not asked.isdisjoint(REGION_KEYS):
        facts |= _region_facts(chains.get(str(data.get("region")), ()), regions)
    return facts


def _region_facts(chain: tuple[str, ...], regions: Mapping[str, Region]) -> dict[str, tuple[str, ...]]:
    known = [(code, regions[code]) for code in chain if code in regions]
    facts: dict[str, tuple[str, ...]] = {region.level: (code, region.title) for code, region in known}
    facts["region"] = tuple(word for code, region in known for word in (code, region.title))
    facts["level"] = (known[-1][1].level,) if known else ()
    return facts
