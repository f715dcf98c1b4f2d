"""A difference in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from yiwang.core.i18n import N_, _
from yiwang.inventory.diff.compare import Changed, Difference
from yiwang.inventory.diff.revision import Version

SHOWN = 5
KIND_WORDS = {
    "estate": N_("estate"),
    "addressing": N_("addressing"),
    "rollout": N_("rollout"),
    "zones": N_("zones"),
    "roles": N_("roles"),
    "groups": N_("groups"),
    "regions": N_("regions"),
    "sites": N_("sites"),
    "nodes": N_("nodes"),
    "devices": N_("devices"),
    "links": N_("links"),
    "organisations": N_("organisations"),
    "systems": N_("systems"),
    "adapters": N_("adapters"),
    "agreements": N_("agreements"),
    "milestones": N_("milestones"),
    "reports": N_("report schedules"),
    "waivers": N_("waivers"),
}


def tell(difference: Difference, before: Version, after: Version, *, shown: int = SHOWN) -> Iterator[tuple[str, str]]:
    """Lines as (sign, text): ``+`` came, ``-`` went, ``~`` changed; at most ``shown`` names in one line."""
    for sign, objects, version in (("+", difference.added, after), ("-", difference.removed, before)):
        word = _("{kind} added ({count}): {names}") if sign == "+" else _("{kind} removed ({count}): {names}")
        for kind, names in objects.items():
            titled = _titled(version, kind, names, shown)
            yield sign, word.format(kind=_(KIND_WORDS[kind]), count=len(names), names=titled)
    for change in difference.changed:
        yield "~", _changed(change, before, after, shown)


def _titled(version: Version, kind: str, names: Sequence[str], shown: int) -> str:
    objects = getattr(version.estate, kind)
    titled = [f"{name} {objects[name].title}" if getattr(objects[name], "title", None) else name for name in names]
    return _names(titled, shown)


def _names(names: Sequence[str], shown: int) -> str:
    rest = len(names) - shown
    listed = _(", ").join(names[:shown])
    return _("{names} and {count} more").format(names=listed, count=rest) if rest > 0 else listed


def _changed(change: Changed, before: Version, after: Version, shown: int) -> str:
    old, new = _value(change.old), _value(change.new)
    version = before if change.new is None else after
    if change.kind in ("estate", "addressing", "rollout"):
        where = _(KIND_WORDS[change.kind])
    elif len(change.names) == 1:
        where = f"{_(KIND_WORDS[change.kind])} {change.names[0]}"
    else:
        where = _("{count} {kind}: {names}").format(
            count=len(change.names), kind=_(KIND_WORDS[change.kind]), names=_names(change.names, shown)
        )
    text = _("{key}: {old} → {new} on {where}").format(key=change.key, old=old, new=new, where=where)
    if change.positions:
        text += _("; from {places}").format(places=_names([version.place(at) for at in change.positions], 3))
    return text


def _value(value: Any) -> str:
    if value is None:
        return _("(none)")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(each)}" for key, each in value.items()) + "}"
    return str(value)
