"""``yiwang check``: everything that is wrong with the declared estate, at once."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateArgument, application
from yiwang.cli.root import app
from yiwang.core.i18n import _


@app.command("check", help=_("Check the declared estate and show every mistake with its place."))
def check(
    context: typer.Context,
    estate: EstateArgument = None,
    strict: Annotated[bool, typer.Option(help=_("Count warnings as errors."))] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=_("Show only the summary."))] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when there are findings but no error."))
    ] = False,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Check the estate; exit 1 when there is an error."""
    application_ = application(context)
    loading = application_.check_estate(estate)
    findings = loading.findings
    if format is not output.Format.table:
        output.table("findings", output.FINDING_COLUMNS, map(output.finding_row, findings), format)
    elif not quiet:
        for finding in findings:
            output.show_finding(finding)
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    output.note(_summary(loading.estate, errors, warnings, len(findings) - errors - warnings))
    if errors or (strict and warnings):
        raise typer.Exit(1)
    if findings and detailed_exitcode:
        raise typer.Exit(2)


def _summary(estate: object, errors: int, warnings: int, advice: int) -> str:
    if estate is None:
        return _("✗ the estate cannot be read: {errors} error(s)").format(errors=errors)
    counts = {
        kind: len(getattr(estate, kind))
        for kind in ("regions", "nodes", "devices", "links", "organisations", "systems")
    }
    what = _(
        "{regions} regions, {nodes} nodes, {devices} devices, {links} links, "
        "{organisations} organisations, {systems} systems"
    ).format(**counts)
    if not errors and not warnings and not advice:
        return _("✓ {what}: nothing to complain about").format(what=what)
    return _("{mark} {what}: {errors} error(s), {warnings} warning(s), {advice} piece(s) of advice").format(
        mark="✗" if errors else "✓", what=what, errors=errors, warnings=warnings, advice=advice
    )
