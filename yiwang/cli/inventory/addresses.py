"""``yiwang inventory addresses``: the pools and how full they are; addresses for what has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.cli.output import Column
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.inventory.addressing.allocate import Allocation
    from yiwang.inventory.addressing.pools import FillLevel
    from yiwang.inventory.estate import Estate

BAR_WIDTH = 10


@inventory.command("addresses", help=_("Show the address pools and how full they are, or allocate what is missing."))
def addresses(
    context: typer.Context,
    region: Annotated[
        str, typer.Argument(metavar="REGION", help=_("Only this region and those below it: a code or a title."))
    ] = "",
    all_levels: Annotated[bool, typer.Option("--all", help=_("Show the pools of townships as well."))] = False,
    allocate: Annotated[
        bool, typer.Option("--allocate", help=_("Give pools and addresses to what is declared without."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show what would change and write nothing."))] = False,
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Show the pools, or allocate; exit 1 when something could not be given an address."""
    loaded = application(context).load_estate(estate)
    if not allocate:
        _show_pools(loaded, region, all_levels or bool(region), format)
        return
    from yiwang.inventory.addressing.allocate import allocate as allocate_missing
    from yiwang.inventory.lists.edit import apply

    allocation = allocate_missing(loaded)
    _show_changes(allocation, format)
    files = () if dry_run else apply(loaded, allocation.changes)
    for finding in allocation.findings:
        output.show_finding(finding)
    count = sum(len(change.values) for change in allocation.changes)
    if dry_run or not count:
        output.note(_("{count} value(s) to allocate; nothing was written").format(count=count))
    else:
        output.note(_("✓ {count} value(s) written to {files} file(s)").format(count=count, files=len(files)))
    if allocation.findings:
        raise typer.Exit(1)


def _show_pools(estate: Estate, region: str, all_levels: bool, format: output.Format) -> None:
    from yiwang.inventory.addressing.pools import fill_levels
    from yiwang.inventory.addressing.usage import holders, in_order
    from yiwang.inventory.lookup import find_object

    wanted = find_object(estate, f"regions/{region}" if region.isdigit() else region)[1] if region else ""
    columns = [
        Column("place", _("region")),
        Column("pool", _("pool"), fold=False),
        Column("block", _("block"), fold=False),
        Column("size", _("size")),
        Column("carved", _("carved")),
        Column("used", _("used")),
        Column("free", _("free")),
        Column("bar", "", fold=False),
    ]
    levels = [
        level
        for level in fill_levels(in_order(estate), list(holders(estate)))
        if _is_wanted(estate, level, wanted, all_levels)
    ]
    levels.sort(key=lambda level: estate.region_chain(level.pool.region))
    output.table("pools", columns, (_row(estate, level) for level in levels), format, empty=_("no pool is declared"))


def _is_wanted(estate: Estate, level: FillLevel, region: str, all_levels: bool) -> bool:
    code = level.pool.region
    if not code and level.carved == level.pool.block.size:
        # The estate's block and the pool of its top region are one and the same.
        return False
    if region and region not in estate.region_chain(code):
        return False
    return all_levels or not code or estate.regions[code].level not in ("township", "village")


def _row(estate: Estate, level: FillLevel) -> dict[str, object]:
    pool = level.pool
    title = estate.regions[pool.region].title if pool.region else estate.header.title
    return {
        "place": f"{pool.region} {title}".strip(),
        "region": pool.region,
        "title": title,
        "pool": pool.name,
        "block": str(pool.block),
        "size": pool.block.size,
        "carved": level.carved,
        "used": level.used,
        "free": level.free,
        "bar": _bar(level),
    }


def _bar(level: FillLevel) -> str:
    carved = round(BAR_WIDTH * level.carved / level.pool.block.size)
    used = min(-(-BAR_WIDTH * level.used // level.pool.block.size), BAR_WIDTH - carved)
    return "▒" * carved + "█" * used + "·" * (BAR_WIDTH - carved - used)


def _show_changes(allocation: Allocation, format: output.Format) -> None:
    columns = [
        Column("object", _("object")),
        Column("key", _("key")),
        Column("value", _("value"), fold=False),
    ]
    rows = [
        {"object": change.name, "kind": change.kind.removesuffix("s"), "key": ".".join(path), "value": value}
        for change in allocation.changes
        for path, _old, value in change.values
    ]
    output.table("allocation", columns, rows, format, empty=_("everything has its address"))
