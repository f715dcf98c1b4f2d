"""``yiwang audit run``: judge configurations by the rules and tell what is wrong with them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.audit import audit
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Column
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.network.audit.grouping import Group
    from yiwang.network.audit.outcome import Outcome

DEVICES_SHOWN = 3
"""Names of devices that a line of the summary holds."""


class AuditFormat(StrEnum):
    """How findings are written."""

    table = "table"
    json = "json"
    sarif = "sarif"
    junit = "junit"
    csv = "csv"


@audit.command("run", help=_("Audit configurations by the rules."))
def run(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(help=_("Devices of the estate, such as county=410621; default: all."))
    ] = "",
    offline: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=_("Audit the plain files below this folder; needs neither estate nor database.")
        ),
    ] = None,
    rules: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help=_("Only these rules: ids, beginnings of ids or groups."))
    ] = None,
    platform: Annotated[str, typer.Option(help=_("The platform of all files; default: recognised from each."))] = "",
    write: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help=_("Also write FILE; its ending chooses: xlsx, html, sarif, json, csv, xml.")),
    ] = None,
    since: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Compare with the JSON that an earlier audit wrote."))
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help=_("Show findings of low severity and those that cannot be told."))
    ] = False,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache", help=_("With --offline: do not judge files again that did not change since last time.")
        ),
    ] = False,
    estate: EstateOption = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when a rule is not kept."))
    ] = False,
    format: Annotated[
        AuditFormat, typer.Option("-o", "--output", help=_("How to write the result."))
    ] = AuditFormat.table,
) -> None:
    """Audit and show; exit 4 when a configuration could not be audited."""
    from yiwang.network.audit.outputs import format_of, writer

    for file in write or ():
        format_of(file)
    auditing = application(context).auditing(estate)
    wanted = rules or ()
    if offline:
        outcome = auditing.files(offline, wanted, platform, remember=cache)
    else:
        outcome = auditing.estate(selector, wanted)
    if since:
        outcome = auditing.since(outcome, since)
    for file in write or ():
        file.write_bytes(writer(format_of(file))(outcome))
    if format is AuditFormat.table:
        _show(outcome, show_all=all_)
    else:
        sys.stdout.buffer.write(writer(format.value)(outcome) + b"\n")
    if outcome.refused:
        raise typer.Exit(4)
    if detailed_exitcode and outcome.verdicts.get("fail"):
        raise typer.Exit(2)


def _show(outcome: Outcome, *, show_all: bool) -> None:
    groups = [each for each in outcome.groups if show_all or _matters(each)]
    columns = (
        Column("severity", _("severity")),
        Column("rule", _("rule"), fold=False),
        Column("title", _("what must be so")),
        Column("observed", _("observed")),
        Column("devices", _("devices")),
    )
    if groups or outcome.reports:
        output.table("findings", columns, map(_row, groups), empty=_("nothing to complain about"))
    for refused in outcome.refused:
        output.note(f"✗ {refused.device}: {refused.reason}")
    if hidden := len(outcome.groups) - len(groups):
        output.note(
            _("{count} more kind(s) of findings are of low severity, waived or cannot be told: --all").format(
                count=hidden
            )
        )
    if outcome.states or outcome.fixed:
        output.note(_changes(outcome))
    output.note(_summary(outcome))


def _changes(outcome: Outcome) -> str:
    states = list(outcome.states.values())
    return _("since the audit before: {new} new, {reopened} reopened, {persisting} persisting, {fixed} fixed").format(
        new=states.count("new"),
        reopened=states.count("reopened"),
        persisting=states.count("persisting"),
        fixed=len(outcome.fixed),
    )


def _matters(group: Group) -> bool:
    return not group.waiver and group.example.verdict == "fail" and group.example.severity not in ("low", "info")


def _row(group: Group) -> dict[str, Any]:
    from yiwang.network.audit.words import SEVERITY_WORDS, VERDICT_WORDS

    finding = group.example
    word = SEVERITY_WORDS[finding.severity] if finding.verdict == "fail" else VERDICT_WORDS[finding.verdict]
    return {
        "severity": _("waived") if group.waiver else _(word),
        "rule": finding.rule,
        "title": str(finding.demand.rule.title),
        "observed": f"{finding.observed} ({note})" if (note := group.waiver or finding.missing) else finding.observed,
        "devices": _devices(group),
    }


def _devices(group: Group) -> str:
    names = list(group.places)
    shown = "; ".join(f"{name} {group.where(name)}".strip() for name in names[:DEVICES_SHOWN])
    more = len(names) - DEVICES_SHOWN
    return shown + (_(" and {count} more").format(count=more) if more > 0 else "")


def _summary(outcome: Outcome) -> str:
    from yiwang.network.audit.words import SEVERITY_WORDS

    counts = ", ".join(
        f"{_(word)} {outcome.severities[severity]}"
        for severity, word in SEVERITY_WORDS.items()
        if outcome.severities.get(severity)
    )
    verdicts = outcome.verdicts
    told = _("{devices} device(s), {rules} rules: {passed} pass, {failed} fail, {unclear} cannot be told").format(
        devices=len(outcome.reports),
        rules=len(outcome.book.rules),
        passed=verdicts.get("pass", 0),
        failed=verdicts.get("fail", 0),
        unclear=verdicts.get("cannot_tell", 0),
    )
    mark = "✗" if verdicts.get("fail") or outcome.refused else "✓"
    waived = _("; waived: {count}").format(count=outcome.waived) if outcome.waived else ""
    return f"{mark} {told}" + (_("; findings: {counts}").format(counts=counts) if counts else "") + waived
