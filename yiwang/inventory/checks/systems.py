"""Systems: protection data, self-inspection attributes, and a way forward for each."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import System

NO_MLPS = code(
    "E1170",
    N_("no protection level (等级保护) is declared"),
    N_("add `mlps: {{level: …, filed_no: …}}`; without it the system cannot be connected"),
)
NOT_FILED = code(
    "E1171",
    N_("protection level {level} without a filing number"),
    N_("file it with the public security organ and add `filed_no:`"),
)
DATES_REVERSED = code(
    "E1172",
    N_("the evaluation expires on {expires}, before it was made on {evaluated}"),
    N_("correct the dates"),
)
CLASSIFIED = code(
    "E1173",
    N_("a classified system must not be described here"),
    N_("remove it; classified systems are registered under their own rules (分级保护)"),
)
SECTION_OWNED = code(
    "E1174",
    N_("a system owned by a single section must be merged or abolished"),
    N_("set `disposition: merge` with `merges_into:`, or `abolish`"),
    N_("The integration plans (整合) want one joined system for each department, none owned by a single section."),
)
NO_BASIS = code(
    "E1175",
    N_("the system is exempt without a legal basis"),
    N_("add `basis:` with the document and clause"),
)
NO_HEIR = code(
    "E1176",
    N_("the system is to be merged, but it is not said into which"),
    N_("add `merges_into:`"),
)
INCOMPLETE = code(
    "E1177",
    N_("self-inspection (自查) asks for {missing}"),
    N_("add it; the self-inspection report lists it"),
)
NO_ADAPTER = code(
    "E1178",
    N_("the system is to be connected, but no adapter is bound to it"),
    N_("declare one under `adapters:`"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Every system of the estate."""
    bound = {adapter.system for adapter in estate.adapters.values()}
    for name, system in estate.systems.items():
        at = ("systems", name)
        if system.classified:
            yield finding(estate, CLASSIFIED, "error", (*at, "classified"))
        yield from _protection(estate, at, system)
        yield from _disposition(estate, at, system)
        missing = [key for key in ("approval", "funding") if not getattr(system, key)]
        if missing and system.disposition != "abolish":
            yield finding(estate, INCOMPLETE, "advice", at, missing=", ".join(missing))
        if system.disposition == "connect" and name not in bound:
            yield finding(estate, NO_ADAPTER, "advice", at)


def _protection(estate: Estate, at: tuple[str, str], system: System) -> Iterator[Finding]:
    if system.disposition == "abolish":
        return
    if system.mlps is None:
        yield finding(estate, NO_MLPS, "warning", at)
        return
    mlps = system.mlps
    if mlps.level >= 2 and not mlps.filed_no:
        yield finding(estate, NOT_FILED, "warning", (*at, "mlps"), level=mlps.level)
    if mlps.expires and mlps.evaluated_on and mlps.expires < mlps.evaluated_on:
        values = {"expires": mlps.expires, "evaluated": mlps.evaluated_on}
        yield finding(estate, DATES_REVERSED, "error", (*at, "mlps", "expires"), **values)


def _disposition(estate: Estate, at: tuple[str, str], system: System) -> Iterator[Finding]:
    if system.owner_unit_level == "section" and system.disposition in ("connect", "exempt"):
        yield finding(estate, SECTION_OWNED, "warning", (*at, "owner_unit_level"))
    if system.disposition == "exempt" and not system.basis:
        yield finding(estate, NO_BASIS, "warning", (*at, "disposition"))
    if system.disposition == "merge" and system.merges_into is None:
        yield finding(estate, NO_HEIR, "warning", (*at, "disposition"))
