"""A whole new estate: its files' texts and its address plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yiwang.core.i18n import N_, _
from yiwang.inventory.addressing.blocks import EXTRANET, blocks_within, default_blocks, is_in_plan
from yiwang.inventory.addressing.carve import carve
from yiwang.inventory.addressing.space import Block
from yiwang.inventory.generate.design import TOWNSHIPS_FILE, Choice, Design, Part
from yiwang.inventory.generate.ports import require_platform
from yiwang.inventory.generate.services import FOLDERS, room_defaults
from yiwang.inventory.generate.text import document
from yiwang.inventory.territory import Territory

SCHEMA = ".yiwang/estate.schema.json"
GROUPS = {
    "backbone": {"title": "骨干设备", "select": "role=core|aggregation", "device": {"tags": ["backbone"]}},
    "exchanges": {"title": "交换前置", "select": "role=exchange", "node": {"mlps_level": 3}},
    "dedicated": {"title": "专有云主机", "select": "zone=dedicated", "node": {"mlps_level": 3}},
    "service-points": {"title": "便民服务网点", "select": "role=service-point", "node": {"mlps_level": 2}},
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person asked for beside the territory itself."""

    platform: str = "huawei_vrp"
    platform_mode: Literal["own", "provincial"] = "own"
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """A new estate: texts by file name, counts by kind, pools of the upper regions, secrets it refers to."""

    files: Mapping[str, str]
    counts: Mapping[str, int]
    pools: tuple[tuple[str, str, Block], ...]
    """(region code, pool name, block) of every region above township."""
    secrets: tuple[str, ...]
    organisations: tuple[str, ...]
    is_in_plan: bool
    """False when villages made a default block grow beyond the country's plan."""


class Generation:
    """Generating one estate, territory by territory, so that progress can be shown.

    Raises:
        AddressError: the block is too small.
        UsageError: the platform is unknown.
    """

    def __init__(self, place: Territory, wishes: Wishes = Wishes()) -> None:
        self.place = place
        self.wishes = wishes
        self.blocks = blocks_within(wishes.block, place) if wishes.block else default_blocks(place)
        choice = Choice(require_platform(wishes.platform), wishes.platform_mode)
        self.design = Design(place, carve(place, self.blocks), choice)

    def steps(self) -> Iterator[Territory]:
        """Build; yields every province, city and county when it is done."""
        yield from self.design.build()

    def finish(self) -> Generated:
        """The files; to be called after all steps."""
        parts = self.design.parts
        files = {"estate.yaml": self._estate(), "organisations.yaml": self._organisations()}
        files |= {name: self._part(name, part) for name, part in parts.items()}
        files["vault/ids.yaml"] = self._vault_ids()
        kinds = ("regions", "devices", "nodes", "links")
        counts = {kind: sum(len(part.sections[kind]) for part in parts.values()) for kind in kinds}
        counts["organisations"] = len(self.design.organisations)
        upper = [each for each in self.place.walk() if each.level not in ("township", "village")]
        pools = tuple(
            (each.code, pool, whole) for each in upper for pool, whole in self.design.pools.get(each.code, {}).items()
        )
        in_plan = self.wishes.block is not None or is_in_plan(self.place)
        return Generated(files, counts, pools, tuple(_secrets(upper)), tuple(self.design.organisations), in_plan)

    def _head(self, name: str, *comments: str) -> list[str]:
        schema = "../" * name.count("/") + SCHEMA
        return [f"yaml-language-server: $schema={schema}", *comments]

    def _estate(self) -> str:
        place = self.place
        header = {
            "name": f"estate-{place.code}",
            "title": f"{place.name}电子政务外网与政务云",
            "region": place.code,
            "platform_mode": self.wishes.platform_mode,
        }
        defaults = room_defaults(place)
        defaults["device"] = {"platform": self.wishes.platform, "routing": {"ospf": {"area": 0}}, **defaults["device"]}
        comments = (
            _("The estate as a whole: who it is, its address blocks, and what holds for all unless a file says more."),
            _("Values under `defaults:` of a region or on an object itself go before these."),
            _("Time sources have no source here: give the dns nodes `ntp:` with the level above when it is known."),
        )
        addressing: dict[str, Any] = {"blocks": {pool: str(whole) for pool, whole in self.blocks.items()}}
        if self.wishes.block and not EXTRANET.holds(self.wishes.block):
            addressing = {"extranet": str(self.wishes.block), **addressing}
        sections = {"estate": header, "addressing": addressing, "defaults": defaults, "groups": GROUPS}
        return document(self._head("estate.yaml", *comments), sections)

    def _organisations(self) -> str:
        comments = (
            _("Offices that answer for the work. Replace the duty office by a person with a telephone number,"),
            _("and add the departments that the extranet must reach."),
        )
        return document(self._head("organisations.yaml", *comments), {"organisations": self.design.organisations})

    def _vault_ids(self) -> str:
        comments = (
            _("Which key a secret is encrypted with: the longest prefix of its path decides."),
            _("So a county's key opens only the county's secrets; `yiwang vault new-key FILE` makes a key."),
        )
        below = [each for each in self.place.walk() if each.level in FOLDERS and each is not self.place]
        prefixes = {f"{FOLDERS[each.level]}/{each.code}": each.code for each in below}
        return document(comments, {"default": self.place.level} | ({"prefixes": prefixes} if prefixes else {}))

    def _part(self, name: str, part: Part) -> str:
        sections: dict[str, Any] = {"region": part.place.code}
        sections |= {kind: objects for kind, objects in part.sections.items() if objects}
        kind = "root-county" if name == self.design.top_file == "county.yaml" else part.place.level
        about = TOWNSHIPS if name == TOWNSHIPS_FILE else LEVEL_COMMENTS[kind]
        return document(self._head(name, f"{part.place.name} {part.place.code}", _(about)), sections)


LEVEL_COMMENTS = {
    "province": N_("The province's machine room: two cores and the services."),
    "city": N_("The city's machine room: two cores and the services."),
    "county": N_("The county with its exchange, its routers and its townships."),
    "root-county": N_("The county's machine room: two cores and the services."),
}
TOWNSHIPS = N_("The townships: an access router and a service point each.")


def _secrets(places: list[Territory]) -> Iterator[str]:
    for place in places:
        folder = f"{FOLDERS[place.level]}/{place.code}"
        for secret in ("nodes/private-key", "devices/password", "snmp/auth", "snmp/privacy"):
            yield f"{folder}/{secret}"


def generate(place: Territory, wishes: Wishes = Wishes()) -> Generated:
    """Generate an estate at once.

    Raises:
        AddressError: the block is too small.
        UsageError: the platform is unknown.
    """
    generation = Generation(place, wishes)
    for _place in generation.steps():
        pass
    return generation.finish()
