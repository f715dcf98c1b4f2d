"""How a node or device is reached and what is said of it, the same in every export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yiwang.core.vault.reference import PREFIX
from yiwang.inventory.estate import Estate, Target
from yiwang.inventory.model import Node
from yiwang.inventory.selector import Selector


@dataclass(frozen=True, slots=True)
class Reach:
    """A target with its SSH account; ``host`` is empty when no address is declared."""

    name: str
    kind: str
    target: Target
    host: str
    port: int
    user: str
    via: str | None
    host_keys: tuple[str, ...]
    level: str
    zone: str
    roles: tuple[str, ...]


def reaches(estate: Estate, selector: Selector | None = None) -> Iterator[Reach]:
    """Every target that the selector matches, in name order."""
    for kind, name, target in estate.targets(selector):
        yield reach_of(estate, kind, name, target)


def reach_of(estate: Estate, kind: str, name: str, target: Target) -> Reach:
    """How one target is reached."""
    account = target.connection if isinstance(target, Node) else target.credentials
    region = estate.regions.get(target.region)
    return Reach(
        name=name,
        kind=kind,
        target=target,
        host=estate.address_of(target),
        port=account.port,
        user=account.user,
        via=account.via,
        host_keys=account.host_keys,
        level=region.level if region else "",
        zone=target.zone if isinstance(target, Node) else "",
        roles=target.roles if isinstance(target, Node) else (target.role,),
    )


def find_reach(estate: Estate, name: str) -> Reach | None:
    """How the node or device of that name is reached; None when there is none."""
    for kind, targets in (("nodes", estate.nodes), ("devices", estate.devices)):
        if name in targets:
            return reach_of(estate, kind, name, targets[name])
    return None


def without_secrets(value: Any) -> Any:
    """Plain data without the references to secrets: their keys and items are left out."""
    if isinstance(value, dict):
        return {key: without_secrets(each) for key, each in value.items() if not _is_secret(each)}
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value if not _is_secret(each)]
    return value


def _is_secret(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(PREFIX)


def group_names(estate: Estate, reach: Reach) -> Iterator[str]:
    """The groups of a target: kind, regions from the top, level, zone, roles, declared groups.

    Every name is also a valid identifier, as Ansible and pyinfra ask for.
    """
    yield reach.kind
    for code in estate.region_chain(reach.target.region):
        yield f"region_{code}"
    for prefix, values in (
        ("level", (reach.level,)),
        ("zone", (reach.zone,)),
        ("role", reach.roles),
        ("group", estate.memberships.get((reach.kind, reach.name), ())),
    ):
        for value in values:
            if value:
                yield f"{prefix}_{value.replace('-', '_')}"


def description(estate: Estate, reach: Reach) -> dict[str, Any]:
    """What is declared of a target, as plain data without secrets."""
    target = reach.target
    region = estate.regions.get(target.region)
    return {
        "kind": reach.kind.removesuffix("s"),
        "title": target.title or reach.name,
        "region": target.region,
        "region_title": region.title if region else "",
        "level": reach.level,
        "zone": reach.zone,
        "roles": list(reach.roles),
        "platform": getattr(target, "platform", "linux"),
        "site": target.site or "",
        "organisation": target.organisation or "",
        "ntp": list(target.ntp),
        "log": list(target.log),
        "tags": list(target.tags),
        "vars": without_secrets(target.vars),
    }
