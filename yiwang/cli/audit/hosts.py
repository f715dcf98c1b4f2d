"""``yiwang audit hosts``: look at hosts for what GB/T 22239-2019 asks of them, and tell what is missing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.audit import audit
from yiwang.cli.context import EstateOption, application
from yiwang.cli.live.line import clean
from yiwang.cli.output import Column
from yiwang.cli.words import audit_counts
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.deploy.auditing import HostReport
    from yiwang.deploy.host_audit import HostFinding

HOSTS_SHOWN = 3
"""Names of hosts that a line of the summary holds."""
ORDER = ("fail", "unknown", "pass")


class HostFormat(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"
    junit = "junit"
    csv = "csv"


@audit.command("hosts", help=_("Audit nodes by the clauses of GB/T 22239-2019 for hosts; nothing is changed."))
def hosts(
    context: typer.Context,
    selector: Annotated[str, typer.Argument(help=_("Nodes of the estate, such as county=410621; default: all."))] = "",
    write: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help=_("Also write FILE; its ending chooses: xlsx, json, csv, xml.")),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help=_("Show also what cannot be told, and what is kept."))] = False,
    estate: EstateOption = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when a rule is not kept."))
    ] = False,
    format: Annotated[
        HostFormat, typer.Option("-o", "--output", help=_("How to write the result."))
    ] = HostFormat.table,
) -> None:
    """Audit hosts and show; exit 4 when one could not be looked at."""
    from yiwang.cli.audit.host_outputs import WRITERS, writer_of
    from yiwang.core.writing import write_files
    from yiwang.deploy.auditing import audit_hosts

    writers = {file: writer_of(file) for file in write or ()}
    application_ = application(context)
    deployment = application_.deployment(estate)
    with _looking() as report:
        reports = audit_hosts(deployment, selector, person=application_.actor, report=report)
    if format is HostFormat.table:
        _show(reports, show_all=all_)
    else:
        sys.stdout.buffer.write(WRITERS[format.value](reports) + b"\n")
    write_files({file: written(reports) for file, written in writers.items()})
    if any(each.problem for each in reports):
        raise typer.Exit(4)
    if detailed_exitcode and any(each.verdict == "fail" for each in reports):
        raise typer.Exit(2)


@contextmanager
def _looking() -> Iterator[Callable[[HostReport, int, int], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _report, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda report, done, total: bar.update(task, completed=done, total=total, description=report.host)


def _show(reports: Sequence[HostReport], *, show_all: bool) -> None:
    groups = grouped(reports)
    shown = [group for group in groups if show_all or group[0].verdict == "fail"]
    columns = (
        Column("verdict", _("result"), fold=False),
        Column("rule", _("rule"), fold=False),
        Column("clause", _("clause"), fold=False),
        Column("title", _("what must be so")),
        Column("observed", _("observed")),
        Column("hosts", _("host")),
    )
    if any(not each.problem for each in reports):
        output.table("host-audit", columns, (_row(*group) for group in shown), empty=_("nothing to complain about"))
    for each in reports:
        if each.problem:
            output.note(f"✗ {each.host}: {each.problem}")
    if hidden := sum(group[0].verdict == "unknown" for group in groups if group not in shown):
        output.note(_("{count} more kind(s) of results cannot be told: --all").format(count=hidden))
    output.note(_summary(reports))


def grouped(reports: Sequence[HostReport]) -> list[tuple[HostFinding, list[str]]]:
    """Equal findings once, with the hosts that show them: what fails first, then in the order of the clauses."""
    groups: dict[tuple[str, ...], tuple[HostFinding, list[str]]] = {}
    for report in reports:
        for each in report.findings:
            key = (each.check.id, each.clause, each.verdict, each.evidence)
            groups.setdefault(key, (each, []))[1].append(report.host)
    return sorted(groups.values(), key=lambda group: ORDER.index(group[0].verdict))


def _row(finding: HostFinding, names: Sequence[str]) -> dict[str, Any]:
    from yiwang.cli.audit.host_outputs import verdict_word

    more = len(names) - HOSTS_SHOWN
    return {
        "verdict": verdict_word(finding),
        "rule": finding.check.id,
        "clause": finding.clause,
        "title": finding.check.title,
        "observed": clean(finding.evidence),
        "hosts": "; ".join(names[:HOSTS_SHOWN]) + (_(" and {count} more").format(count=more) if more > 0 else ""),
    }


def _summary(reports: Sequence[HostReport]) -> str:
    counts: Counter[str] = Counter()
    for each in reports:
        counts.update(each.counts)
    refused = sum(bool(each.problem) for each in reports)
    mark = "✗" if counts["fail"] or refused else "✓"
    told = _("{hosts} host(s): {counts}").format(hosts=len(reports) - refused, counts=audit_counts(counts))
    missed = _("; could not be looked at: {count}").format(count=refused) if refused else ""
    return f"{mark} {told}{missed}"
