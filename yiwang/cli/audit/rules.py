"""``yiwang audit rules``: the rules in force, and whether they do as their authors meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.audit import audit
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.network.rules.load import RuleBook
    from yiwang.network.rules.rule import Check, Rule

rules = typer.Typer(help=_("Look at the audit rules and try them."), no_args_is_help=True)
audit.add_typer(rules, name="rules")

RulesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="RULE…", help=_("Ids, beginnings of ids or groups; default: all."))
]


@rules.command("list", help=_("List the rules in force, those of the estate among them."))
def list_rules(
    context: typer.Context,
    only: RulesArgument = None,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """List rules, and name those that the estate disabled."""
    book = application(context).auditing(estate).book
    columns = (
        Column("id", _("rule"), fold=False),
        Column("severity", _("severity")),
        Column("title", _("title")),
        Column("platforms", _("platforms")),
        Column("clauses", _("clauses")),
        Column("group", _("group")),
    )
    chosen = book.chosen(only or ())
    output.table("rules", columns, (_row(chosen, id, rule) for id, rule in chosen.rules.items()), format)
    if format is Format.table:
        for id, reason in sorted(book.disabled.items()):
            output.note(_("{rule} is disabled: {reason}").format(rule=id, reason=reason))
        unverified = sum(not rule.verified for rule in chosen.rules.values())
        output.note(
            _("{count} rule(s), of which {unverified} are not yet verified on devices and against the clauses").format(
                count=len(chosen.rules), unverified=unverified
            )
        )


def _row(book: RuleBook, id: str, rule: Rule) -> dict[str, Any]:
    return {
        "id": id,
        "severity": rule.severity,
        "title": str(rule.title),
        "platforms": sorted({platform for check in rule.checks for platform in check.platforms}),
        "clauses": [*rule.clauses.level_3],
        "clauses_level_2": [*rule.clauses.level_2],
        "cis": rule.cis,
        "verified": rule.verified,
        "group": book.group(id),
        "file": str(book.sources[id]),
    }


@rules.command("show", help=_("Show one rule: why it counts, how each platform is checked, how to put it right."))
def show(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help=_("Such as MGT-001."))],
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Show one rule."""
    book = application(context).auditing(estate).book
    id, found = rule.upper(), book.rule(rule)
    if format is not Format.table:
        output.document("rule", {"id": id, **found.model_dump(mode="json", by_alias=True, exclude_defaults=True)})
        return
    output.line(f"{id}  {found.title}  [{found.severity}]")
    output.line(str(found.rationale))
    output.line("GB/T 22239-2019: " + "; ".join((*found.clauses.level_2, *found.clauses.level_3)))
    if found.cis:
        output.line(f"CIS: {found.cis}")
    if not found.verified:
        output.line(_("not yet verified on devices and against the clauses"))
    for check in found.checks:
        _show_check(check)


def _show_check(check: Check) -> None:
    output.line(f"\n{', '.join(check.platforms)}")
    for requirement in check.require:
        told = requirement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        for key, value in told.items():
            output.line(f"  {key}: {output.cell(value)}")
    if check.remark:
        output.line(f"  {check.remark}")
    if check.cuts_session:
        output.line(_("  the fix may cut off the session that enters it"))
    for heading, lines in ((_("fix"), check.fix), (_("rollback"), check.rollback)):
        if lines:
            output.line(f"  {heading}:")
            for each in lines.rstrip().split("\n"):
                output.line(f"    {each}")


@rules.command("test", help=_("Try rules on their own fixtures; exit 1 when one does not do what it should."))
def try_fixtures(
    context: typer.Context,
    only: RulesArgument = None,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Try fixtures and show those that came out wrong."""
    tried = list(application(context).auditing(estate).trials(only or ()))
    wrong = [each for each in tried if not each.is_right]
    columns = (
        Column("rule", _("rule"), fold=False),
        Column("platform", _("platform")),
        Column("number", _("fixture")),
        Column("wanted", _("expected")),
        Column("got", _("observed")),
        Column("fixture", _("configuration")),
    )
    rows = [{name: getattr(each, name) for name in (column.key for column in columns)} for each in wrong]
    if rows or format is not Format.table:
        output.table("trials", columns, rows, format)
    counts = Counter(each.is_right for each in tried)
    output.note(
        _("{right} fixture(s) as meant, {wrong} not").format(right=counts[True], wrong=counts[False]),
    )
    if wrong:
        raise typer.Exit(1)
