"""Adapters and agreements: who carries which data, under what right."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

NOT_AN_EXCHANGE = code(
    "E1180",
    N_('node "{node}" is no exchange node'),
    N_("bind the adapter to a node with the role exchange"),
)
ABOLISHED = code(
    "E1181",
    N_('system "{system}" is to be abolished'),
    N_("remove the adapter, or change the system's disposition"),
)
REFUSED_WITHOUT_BASIS = code(
    "E1182",
    N_("sharing is refused without a legal basis"),
    N_("add `basis:`; sharing is the rule, refusal needs a law"),
)
VALIDITY_REVERSED = code(
    "E1183",
    N_("the agreement ends on {until}, before it begins on {start}"),
    N_("correct the dates"),
)
REFUSED_BUT_CARRIED = code(
    "E1184",
    N_('the adapter works under agreement "{agreement}", which refuses sharing'),
    N_("remove the adapter or agree on the sharing first"),
)
VERTICAL_WRITE = code(
    "E1185",
    N_("a vertically managed (垂管) system may only be read"),
    N_("set `direction: in`"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Adapters on exchange nodes, agreements with a basis."""
    for name, adapter in estate.adapters.items():
        at = ("adapters", name)
        node = estate.nodes.get(adapter.node)
        system = estate.systems.get(adapter.system)
        agreement = estate.agreements.get(adapter.agreement or "")
        if node and "exchange" not in node.roles:
            yield finding(estate, NOT_AN_EXCHANGE, "error", (*at, "node"), node=adapter.node)
        if system and system.disposition == "abolish":
            yield finding(estate, ABOLISHED, "warning", (*at, "system"), system=adapter.system)
        if system and system.vertical and adapter.direction != "in":
            yield finding(estate, VERTICAL_WRITE, "error", (*at, "direction"))
        if agreement and agreement.sharing == "refused":
            yield finding(estate, REFUSED_BUT_CARRIED, "error", (*at, "agreement"), agreement=adapter.agreement)
    for name, agreement in estate.agreements.items():
        at = ("agreements", name)
        if agreement.sharing == "refused" and not agreement.basis:
            yield finding(estate, REFUSED_WITHOUT_BASIS, "warning", (*at, "sharing"))
        start, until = agreement.valid_from, agreement.valid_until
        if start and until and until < start:
            yield finding(estate, VALIDITY_REVERSED, "error", (*at, "valid_until"), until=until, start=start)
