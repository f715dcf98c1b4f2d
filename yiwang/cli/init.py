"""``yiwang init``: a new estate for a province, a city or a county."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column
from yiwang.cli.root import app
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.addressing.space import Block
    from yiwang.inventory.generate.estate import Generated, Generation
    from yiwang.inventory.territory import Territory

NO_VILLAGES = code(
    "E0021",
    N_("the table of villages is not part of Yiwang"),
    N_("give it with --villages FILE: CSV with the columns code, name, parent"),
    N_(
        "China has 620,000 villages; their table would be twelve times as large as all the rest. It is public: "
        "National Bureau of Statistics, 统计用区划代码和城乡划分代码."
    ),
)
BAD_BLOCK = code(
    "E0022",
    N_('"{given}" is not a network: {reason}'),
    N_("write it like 59.207.128.0/20"),
)


class Level(StrEnum):
    """Levels of government that can have an estate."""

    province = "province"
    city = "city"
    county = "county"


class Depth(StrEnum):
    """How deep the estate goes."""

    county = "county"
    township = "township"
    village = "village"


class PlatformMode(StrEnum):
    """Whose service platform the estate uses."""

    own = "own"
    provincial = "provincial"


@app.command("init", help=_("Create an estate for a province, a city or a county from the divisions table."))
def init(
    context: typer.Context,
    given: Annotated[
        str, typer.Argument(metavar="CODE", help=_("Code of 2, 4 or 6 digits, or a name: 410600, 鹤壁市."))
    ],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=_("Folder to create."))],
    level: Annotated[Level | None, typer.Option(help=_("Take the division of this level that CODE lies in."))] = None,
    depth: Annotated[Depth, typer.Option(help=_("How deep the estate goes."))] = Depth.township,
    villages: Annotated[
        Path | None, typer.Option(metavar="FILE", help=_("Table of villages (.csv or .csv.gz) for --depth village."))
    ] = None,
    block: Annotated[
        str | None, typer.Option(metavar="CIDR", help=_("Block of the extranet that the estate may use."))
    ] = None,
    platform: Annotated[str, typer.Option(help=_("Platform of the network devices."))] = "huawei_vrp",
    platform_mode: Annotated[
        PlatformMode, typer.Option(help=_("own: own service platform; provincial: the province's."))
    ] = PlatformMode.own,
    plan: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=_("Plan whose duties it adopts; may be repeated."))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only show what would be made."))] = False,
    force: Annotated[
        bool, typer.Option("--force", help=_("Overwrite files of the same name in a folder that is not empty."))
    ] = False,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Generate, write, and tell what comes next."""
    from yiwang.inventory.generate.estate import Generation, Wishes
    from yiwang.inventory.generate.folder import require_place, write_folder

    application(context)
    if not dry_run:
        require_place(folder, force=force)
    place = _territory(given, level, depth, villages)
    mode = "own" if platform_mode is PlatformMode.own else "provincial"
    generation = Generation(place, Wishes(platform, mode, _block(block)))  # type: ignore[arg-type]
    generated = _run(generation)
    duties = _duties(place, generated, plan or [])
    if dry_run or format is not output.Format.table:
        _show_pools(place, generated, format)
    if not dry_run:
        write_folder(folder, {**generated.files, **duties, **_schema()}, force=force)
    _tell(place, generated, len(generated.files) + len(duties), folder, dry_run)


def _territory(given: str, level: Level | None, depth: Depth, villages: Path | None) -> Territory:
    from yiwang.inventory.divisions import find_division, read_villages
    from yiwang.inventory.territory import territory

    if depth is Depth.village and villages is None:
        raise UsageError(NO_VILLAGES)
    division = find_division(given, level.value if level else None)
    known = read_villages(villages, division.code) if villages and depth is Depth.village else None
    return territory(division, depth.value, known)


def _block(given: str | None) -> Block | None:
    from yiwang.inventory.addressing.space import block

    try:
        return block(given) if given else None
    except ValueError as error:
        raise UsageError(BAD_BLOCK, given=given, reason=error) from error


def _run(generation: Generation) -> Generated:
    from rich.progress import track

    total = sum(each.level in ("province", "city", "county") for each in generation.place.walk())
    steps: Iterable[Territory] = generation.steps()
    if generation.place.level == "province":
        shown = output.console(stderr=True)
        steps = track(steps, _("designing"), total, console=shown, transient=True, disable=not shown.is_terminal)
    for _place in steps:
        pass
    return generation.finish()


def _duties(place: Territory, generated: Generated, plans: list[str]) -> dict[str, str]:
    if not plans:
        return {}
    from yiwang.inventory.plans.template import load_plan
    from yiwang.inventory.plans.write import adopt_while_making

    return adopt_while_making(place, generated.organisations, [load_plan(name) for name in plans])


def _schema() -> dict[str, str]:
    import json

    from yiwang.inventory.generate.estate import SCHEMA
    from yiwang.inventory.schema import json_schema

    return {SCHEMA: json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"}


def _show_pools(place: Territory, generated: Generated, format: output.Format) -> None:
    names = {each.code: each.name for each in place.walk()}
    columns = [
        Column("region", _("region")),
        Column("title", _("title")),
        Column("pool", _("pool")),
        Column("block", _("block"), fold=False),
        Column("size", _("addresses")),
    ]
    rows = [
        {"region": code_, "title": names[code_], "pool": pool, "block": str(block), "size": block.size}
        for code_, pool, block in generated.pools
    ]
    output.table("address plan", columns, rows, format)


def _tell(place: Territory, generated: Generated, files: int, folder: Path, dry_run: bool) -> None:
    what = _(
        "{regions} regions, {devices} devices, {nodes} nodes, {links} links, {organisations} organisations"
    ).format(**generated.counts)
    if not generated.is_in_plan:
        output.note(
            _(
                "! the villages need more addresses than the default plan has for {title}; agree on a --block"
                " with the level above"
            ).format(title=place.name)
        )
    if dry_run:
        output.note(
            _("{title}: {what} in {files} files; nothing was written").format(title=place.name, what=what, files=files)
        )
        return
    output.note(
        _("✓ {title}: {what} in {files} files under {folder}").format(
            title=place.name, what=what, files=files, folder=folder
        )
    )
    output.note(_("next:"))
    for command in (f"yiwang check {folder}", f"yiwang inventory graph {folder}", f"yiwang vault check {folder}"):
        output.note(f"  {command}")
    output.note(
        _("{count} secrets are referred to and not there yet; each is set with: {command}").format(
            count=len(generated.secrets), command=f"yiwang vault set {generated.secrets[0]} --estate {folder}"
        )
    )
