"""What grows old: configurations that were never saved, software without support, clocks that run away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from yiwang.core.i18n import _
from yiwang.network.configuration.line import IN_TREE
from yiwang.network.configuration.table import grammar_of
from yiwang.network.configuration.tree import Configuration, read
from yiwang.network.fleet.fleet import Difference, Fleet, unknown
from yiwang.network.fleet.view import Spot

LARGEST_SKEW_SECONDS = 5.0


def unsaved(fleet: Fleet) -> Iterator[Difference]:
    """Running configurations that differ from the saved ones; one finding at the first line that is new."""
    for view in fleet.views.values():
        running, saved = (fleet.around.text(kind, view.device) for kind in ("running", "saved"))
        if running is None or saved is None:
            yield unknown(view.device, _("the saved configuration: yiwang network collect"))
        elif running != saved:
            grammar = grammar_of(fleet.around.platforms[view.platform])
            yield from _unsaved(view.device, read(running, grammar), read(saved, grammar))


def _unsaved(device: str, running: Configuration, saved: Configuration) -> Iterator[Difference]:
    new, gone = Counter(_paths(running)), Counter(_paths(saved))
    added, lost = new - gone, gone - new
    if not added and not lost:
        return
    told = _("{added} line(s) are not saved, {lost} saved line(s) are not in force").format(
        added=added.total(), lost=lost.total()
    )
    for index, shape in enumerate(running.shapes):
        path = running.path(index)
        if shape.kind in IN_TREE and (*path, shape.text) in added:
            # Both come from the archive, where no secrets are left.
            yield Difference(device, Spot(index + 1, shape.text, path), told)
            return
    yield Difference(device, None, told)


def _paths(configuration: Configuration) -> Iterator[tuple[str, ...]]:
    for index, shape in enumerate(configuration.shapes):
        if shape.kind in IN_TREE:
            yield (*configuration.path(index), shape.text)


def unsupported(fleet: Fleet) -> Iterator[Difference]:
    """Models and versions whose vendor's support has ended by the platform's table; what is not in it is unknown."""
    for view in fleet.views.values():
        told = _version(fleet, view.device)
        known = [each for each in fleet.around.platforms[view.platform].end_of_life if each.matches.search(told)]
        if not told:
            yield unknown(view.device, _("its model and version: yiwang network collect, or network facts"))
        elif not known:
            yield unknown(view.device, _("when its support ends: its model is not in the platform's table"))
        for each in known:
            if each.until < fleet.around.today:
                what = _("{what}: support ended on {day} ({source})")
                yield Difference(view.device, None, what.format(what=each.what, day=each.until, source=each.source))


def _version(fleet: Fleet, device: str) -> str:
    described = fleet.around.facts.get(device, {}).get("system", {}).get("description", "")
    return "\n".join(filter(None, (fleet.around.text("version", device), described)))


def wrong_clocks(fleet: Fleet) -> Iterator[Difference]:
    """Clocks that differ from ours by more than ``LARGEST_SKEW_SECONDS``."""
    for view in fleet.views.values():
        skew = fleet.around.facts.get(view.device, {}).get("clock", {}).get("skew_seconds")
        if skew is None:
            yield unknown(view.device, _("its clock with its time zone: yiwang network facts"))
        elif abs(skew) > LARGEST_SKEW_SECONDS:
            told = _("the clock differs by {seconds} s").format(seconds=f"{skew:+.1f}")
            yield Difference(view.device, None, told)
