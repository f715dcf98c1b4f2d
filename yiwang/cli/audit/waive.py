"""``yiwang audit waive``: draft a waiver for a finding, sealed to the section as it is now."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.audit import audit
from yiwang.cli.context import EstateOption, application
from yiwang.core.i18n import _

TO_FILL_IN = ("reason", "compensation", "owner", "author", "approver", "expires")


@audit.command("waive", help=_("Draft a waiver for a finding; fill it in and put it into the estate."))
def waive(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(help=_("Fingerprint of the finding, or its beginning."))],
    estate: EstateOption = None,
) -> None:
    """Print a waiver with the seal of the finding's section."""
    from yiwang.inventory.model.waiver import Waiver

    auditing = application(context).auditing(estate)
    outcome = auditing.estate("", (), record=False)
    report, place, seal = auditing.sealed(outcome, fingerprint)
    finding = report.findings[place]
    lines = (
        "waivers:",
        f"  {finding.rule.lower()}-{report.device}:",
        f"    # {finding.demand.rule.title}: {finding.observed}",
        f"    rule: {finding.rule}",
        f"    select: {report.device}",
        f"    section: {_quoted(finding.place)}",
        f'    seal: "{seal}"',
        *(f"    {key}: # {_(Waiver.model_fields[key].description or '')}" for key in TO_FILL_IN),
    )
    for line in lines:
        output.line(line)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
