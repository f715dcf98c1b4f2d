"""``yiwang inventory graph``: the topology as a tree, a picture or GraphML."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateArgument, application
from yiwang.cli.inventory import inventory
from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.graph.places import Picture

NOTHING_TO_DRAW = code(
    "E1230",
    N_('the selector "{given}" matches nothing that could be drawn'),
    N_("try it with `yiwang inventory list`"),
)


class Drawing(StrEnum):
    """How the topology is drawn."""

    tree = "tree"
    svg = "svg"
    graphml = "graphml"


class Depth(StrEnum):
    """The level down to which regions are drawn one by one."""

    city = "city"
    county = "county"
    township = "township"
    village = "village"


@inventory.command("graph", help=_("Draw the topology: a tree, an SVG picture or GraphML."))
def graph(
    context: typer.Context,
    estate: EstateArgument = None,
    selector: Annotated[str, typer.Option(help=_("Only these nodes and devices, such as county=410621."))] = "",
    format: Annotated[Drawing, typer.Option(help=_("tree, svg or graphml."))] = Drawing.tree,
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help=_("Write to this file."))] = None,
    depth: Annotated[
        Depth | None, typer.Option(help=_("Gather what lies below this level; default: what stays readable."))
    ] = None,
    all: Annotated[bool, typer.Option("--all", help=_("Show every child in the tree, however many."))] = False,
) -> None:
    """Draw to the terminal, to standard output or to a file."""
    from yiwang.inventory.selector import parse_selector

    loaded = application(context).load_estate(estate)
    wanted = parse_selector(selector)
    if selector and not any(loaded.targets(wanted)):
        raise NotFoundError(NOTHING_TO_DRAW, given=selector)
    if format is Drawing.graphml:
        from yiwang.inventory.exports.graphml import files

        (content,) = files(loaded, wanted, Path()).values()
        _write(content, target)
        return
    from yiwang.inventory.graph.places import picture

    drawn = picture(loaded, wanted, depth.value if depth else None)
    if format is Drawing.svg:
        _svg(loaded, drawn, target)
    else:
        _tree(drawn, target, is_whole=all)


def _svg(estate: Estate, drawn: Picture, target: Path | None) -> None:
    from yiwang.inventory.graph.svg import svg

    _write(svg(estate, drawn), target)


def _tree(drawn: Picture, target: Path | None, *, is_whole: bool) -> None:
    from yiwang.inventory.graph.tree import LIMIT, tree

    grown = tree(drawn, limit=None if is_whole else LIMIT)
    if target is None:
        output.console().print(grown)
        return
    from io import StringIO

    from rich.console import Console

    text = StringIO()
    Console(file=text, width=200).print(grown)
    _write(text.getvalue().encode(), target)


def _write(content: bytes, target: Path | None) -> None:
    if target is None:
        sys.stdout.buffer.write(content)
        return
    from yiwang.core.writing import write_files

    write_files({target: content})
    output.note(_("written: {file}").format(file=target))
