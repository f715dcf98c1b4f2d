"""The topology as a tree in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from yiwang.core.i18n import N_, _
from yiwang.inventory.graph.marks import MARKS, mark_of, short_bandwidth, short_title
from yiwang.inventory.graph.places import Line, Picture, Place
from yiwang.inventory.reach import Reach

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

LIMIT = 12
LEVEL_COUNTS = {
    "city": N_("cities: {count}"),
    "county": N_("counties: {count}"),
    "township": N_("townships: {count}"),
    "village": N_("villages: {count}"),
}


def tree(picture: Picture, *, limit: int | None = LIMIT) -> Tree:
    """A rich tree; at most ``limit`` children stand below each place, the rest is counted."""
    from rich.tree import Tree

    grown = Tree(_label(picture.root, picture), guide_style="dim")
    _grow(grown, picture.root, picture, limit)
    return grown


def _grow(branch: Tree, place: Place, picture: Picture, limit: int | None) -> None:
    if place.below or not _is_small(place):
        targets = place.targets[:limit]
        for reach in targets:
            branch.add(_target(reach, place))
        _add_more(branch, len(place.targets) - len(targets))
    for below in place.below[:limit]:
        _grow(branch.add(_label(below, picture)), below, picture, limit)
    _add_more(branch, len(place.below) - len(place.below[:limit]))


def _is_small(place: Place) -> bool:
    """A place at the end of the tree with few targets is told in one line."""
    return len(place.targets) <= 3 or bool(place.gathered)


def _add_more(branch: Tree, count: int) -> None:
    if count > 0:
        from rich.text import Text

        branch.add(Text(_("+ {count} more").format(count=count), style="dim"))


def _label(place: Place, picture: Picture) -> Text:
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(place.title, style="bold")
    if place.code:
        text.append(f" {place.code}", style="dim")
    if place is not picture.root:
        text.append_text(_uplinks(picture.uplinks.get(place.code, ()), has_targets=bool(place.targets)))
    for level, count in place.gathered.items():
        text.append(f"  {_(LEVEL_COUNTS[level]).format(count=count)}", style="dim")
    if not place.below and _is_small(place):
        text.append_text(_signs(place.targets))
    return text


def _uplinks(lines: Iterable[Line], *, has_targets: bool) -> Text:
    from rich.text import Text

    shown = told_bandwidths(lines)
    if not shown:
        return Text("  " + _("no line"), style="bold red") if has_targets else Text()
    return Text(f"  ↑ {shown}", style="green")


def told_bandwidths(lines: Iterable[Line]) -> str:
    """``1G ×2, 100M (backup)``: the lines' bandwidths, widest first."""
    counts = Counter((line.link.backup, -(line.link.bandwidth_mbps or 0), line.link.bandwidth_mbps) for line in lines)
    return ", ".join(
        short_bandwidth(bandwidth) + (f" ×{count}" if count > 1 else "") + (_(" (backup)") if is_backup else "")
        for (is_backup, _order, bandwidth), count in sorted(counts.items(), key=lambda each: each[0][:2])
    )


def _signs(targets: Iterable[Reach]) -> Text:
    from rich.text import Text

    text = Text()
    counts = Counter(mark_of(reach).word for reach in targets)
    for mark in MARKS.values():
        if count := counts[mark.word]:
            text.append("  ")
            text.append(mark.sign, style=mark.style)
            text.append(f" {_(mark.word)}" + (f" ×{count}" if count > 1 else ""))
    return text


def _target(reach: Reach, place: Place) -> Text:
    from rich.text import Text

    mark = mark_of(reach)
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{mark.sign} ", style=mark.style)
    text.append(reach.name)
    text.append(f"  {short_title(reach.target.title or '', place.title)}")
    text.append(f"  {reach.host}", style="dim")
    return text
