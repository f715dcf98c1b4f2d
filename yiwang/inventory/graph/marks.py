"""How roles and bandwidths look: a shape and a colour for each, so that colour is never the only sign."""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.core.i18n import N_
from yiwang.inventory.reach import Reach


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of target: its word, its sign in a terminal, its colours and its outline around (0, 0), radius 1."""

    word: str
    sign: str
    style: str
    colour: str
    outline: tuple[tuple[float, float], ...] = ()
    """Corners of a polygon; none: a circle."""


_SQUARE = ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8))
_DIAMOND = ((0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0))
_HEXAGON = ((-0.55, -0.95), (0.55, -0.95), (1.1, 0.0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0.0))
_SHIELD = ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.2), (0.0, 1.1), (-0.9, 0.2))
_HOUSE = ((0.0, -1.05), (1.0, -0.15), (0.75, -0.15), (0.75, 0.9), (-0.75, 0.9), (-0.75, -0.15), (-1.0, -0.15))
_TRIANGLE = ((0.0, -1.05), (1.05, 0.8), (-1.05, 0.8))

MARKS = {
    "core": Mark(N_("core"), "◆", "bold red", "#b3261e", _DIAMOND),
    "aggregation": Mark(N_("aggregation"), "⬢", "bold yellow", "#a35b00", _HEXAGON),
    "access": Mark(N_("access"), "■", "bold blue", "#1b5fa8", _SQUARE),
    "firewall": Mark(N_("firewall"), "⛊", "bold magenta", "#7b2d8b", _SHIELD),
    "exchange": Mark(N_("exchange node"), "▲", "bold green", "#1f7a3d", _TRIANGLE),
    "hall": Mark(N_("service hall or point"), "⌂", "cyan", "#0f7c8a", _HOUSE),
    "node": Mark(N_("other node"), "●", "white", "#5b6770"),
}
BANDWIDTHS = ((20.0, 1.2), (100.0, 2.0), (1000.0, 3.2), (10000.0, 4.8), (float("inf"), 6.4))
"""Up to so many Mbit/s → so wide a line."""
UNKNOWN_WIDTH = 1.2


def mark_of(reach: Reach) -> Mark:
    """The mark of a target by its (first known) role."""
    for role in reach.roles:
        if role in ("hall", "service-point"):
            return MARKS["hall"]
        if role in MARKS:
            return MARKS[role]
    return MARKS["node" if reach.kind == "nodes" else "access"]


def line_width(bandwidth_mbps: float | None) -> float:
    """How wide a line of that bandwidth is drawn."""
    if bandwidth_mbps is None:
        return UNKNOWN_WIDTH
    return next(width for limit, width in BANDWIDTHS if bandwidth_mbps <= limit)


def short_bandwidth(bandwidth_mbps: float | None) -> str:
    """``100M``, ``2.5G``; a question mark where none is declared."""
    if bandwidth_mbps is None:
        return "?"
    if bandwidth_mbps >= 1000:
        return f"{bandwidth_mbps / 1000:g}G"
    return f"{bandwidth_mbps:g}M"


def short_title(title: str, place: str) -> str:
    """A target's title without the place in which it is drawn: 淇县出口路由器 in 淇县 is 出口路由器."""
    rest = title.removeprefix(place)
    return rest if rest and rest != title else title
