"""Organisations: someone answers, and the codes are real."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.core.identifiers import is_uscc
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

NO_CONTACT = code(
    "E1140",
    N_("no contact is declared"),
    N_("add `contact: {{name: …, phone: …}}`; every unit must name one"),
)
NO_SECURITY_OWNER = code(
    "E1141",
    N_("no security owner is declared although it runs systems"),
    N_("add `security_owner: {{name: …, phone: …}}`"),
)
BAD_USCC = code(
    "E1142",
    N_('"{given}" is not a unified social credit code'),
    N_("18 characters with a right check character (GB 32100); compare it with the certificate"),
)
OWN_PARENT = code(
    "E1143",
    N_("the organisations above it lead back to itself"),
    N_("correct `parent`"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Contact, security owner, code, parents."""
    running = {system.organisation for system in estate.systems.values() if system.security_owner is None}
    for name, organisation in estate.organisations.items():
        at = ("organisations", name)
        if organisation.contact is None:
            yield finding(estate, NO_CONTACT, "warning", at)
        if organisation.security_owner is None and name in running:
            yield finding(estate, NO_SECURITY_OWNER, "warning", at)
        if organisation.uscc and not is_uscc(organisation.uscc):
            yield finding(estate, BAD_USCC, "error", (*at, "uscc"), given=organisation.uscc)
        if _circles(estate, name):
            yield finding(estate, OWN_PARENT, "error", (*at, "parent"))


def _circles(estate: Estate, name: str) -> bool:
    seen: set[str] = set()
    above: str | None = name
    while above is not None and above in estate.organisations and above not in seen:
        seen.add(above)
        above = estate.organisations[above].parent
    return above == name
