"""``yiwang lab graph``: the lab's hosts and cables, with what is off or at fault."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.hosts import STATES
from yiwang.cli.lab.options import LabOption, chosen_lab
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from rich.tree import Tree

    from yiwang.lab.lab import Lab
    from yiwang.lab.layout import Cable


class Drawing(StrEnum):
    """How the lab is drawn."""

    tree = "tree"
    svg = "svg"


STYLES = {"up": ("●", "green"), "silent": ("◐", "yellow"), "off": ("○", "red")}


@lab.command("graph", help=_("Draw the lab: a tree with the state of each host, or an SVG picture."))
def graph(
    context: typer.Context,
    name: LabOption = "",
    format: Annotated[Drawing, typer.Option(help=_("tree or svg."))] = Drawing.tree,
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help=_("Write to this file."))] = None,
) -> None:
    """Draw the lab to the terminal, to standard output or to a file."""
    shown = chosen_lab(context, name)
    if format is Drawing.tree:
        for tree in _trees(shown):
            output.console().print(tree)
        return
    content = _picture(context, shown)
    if target is None:
        output.line(content.decode())
        return
    from yiwang.core.writing import write_files

    write_files({target: content})
    output.note(_("written: {file}").format(file=target))


def _picture(context: typer.Context, shown: Lab) -> bytes:
    from yiwang.inventory.graph.places import picture
    from yiwang.inventory.graph.svg import svg
    from yiwang.inventory.selector import Selector, Term

    estate = application(context).load_estate(Path(shown.layout.estate))
    selector = Selector((Term("name", frozenset(shown.layout.by_name), (), False),))
    return svg(estate, picture(estate, selector, None))


def _trees(shown: Lab) -> list[Tree]:
    """One tree for each part that hangs together, from its best connected host."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(16) as pool:
        states = dict(pool.map(lambda machine: (machine.host.name, machine.state), shown.machines))
    seen: set[str] = set()
    by_cables = sorted(shown.layout.by_name, key=lambda name: (-len(shown.layout.cables_of(name)), name))
    return [_grown(shown, name, states, seen) for name in by_cables if name not in seen]


def _grown(shown: Lab, root: str, states: dict[str, str], seen: set[str]) -> Tree:
    from rich.tree import Tree

    grown = Tree(_label(root, states[root]))
    seen.add(root)
    waiting = [(root, grown)]
    while waiting:
        here, branch = waiting.pop(0)
        for cable in shown.layout.cables_of(here):
            there = next(end.host for end in cable.ends if end.host != here)
            if there in seen:
                continue
            seen.add(there)
            twig = branch.add(f"{_label(there, states[there])}  [dim]{_ports(cable, here)}[/dim]")
            waiting.append((there, twig))
    return grown


def _label(name: str, state: str) -> str:
    sign, colour = STYLES[state]
    word = "" if state == "up" else f" [{colour}]{_(STATES[state])}[/{colour}]"
    return f"[{colour}]{sign}[/{colour}] {name}{word}"


def _ports(cable: Cable, here: str) -> str:
    mine = next(end for end in cable.ends if end.host == here)
    theirs = next(end for end in cable.ends if end.host != here)
    speed = f" · {cable.bandwidth_mbps:g} Mbit/s" if cable.bandwidth_mbps else ""
    return f"{mine.declared} — {theirs.declared}{speed}"
