"""Writing SVG: shapes and texts as elements, well-formed whatever the texts hold."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from xml.etree import ElementTree

from yiwang.inventory.graph.marks import Mark

FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
INK = "#1d2733"
PALE = "#66727f"
CJK_WIDTH = 1.0
LATIN_WIDTH = 0.56


class Canvas:
    """An SVG picture that is being drawn; lengths are user units."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": _number(width),
                "height": _number(height),
                "viewBox": f"0 0 {_number(width)} {_number(height)}",
                "font-family": FONTS,
                "role": "img",
            },
        )
        ElementTree.SubElement(self.root, "title").text = printable(title)
        self.box(0, 0, width, height, fill="#ffffff", radius=0)

    def _element(self, name: str, **attributes: str | float) -> ElementTree.Element:
        shown = {key.replace("_", "-"): _number(value) for key, value in attributes.items()}
        return ElementTree.SubElement(self.root, name, shown)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", radius: float = 4
    ) -> None:
        """A rectangle with rounded corners."""
        self._element("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill, stroke=stroke)

    def line(
        self, points: Iterable[tuple[float, float]], *, width: float, colour: str, is_dashed: bool = False
    ) -> None:
        """A line through points; dashed for what only stands in for another."""
        path = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
        drawn = self._element("polyline", points=path, fill="none", stroke=colour, stroke_width=width)
        drawn.set("stroke-linejoin", "round")
        if is_dashed:
            drawn.set("stroke-dasharray", "6 4")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 13,
        colour: str = INK,
        anchor: str = "start",
        is_bold: bool = False,
        room: float | None = None,
    ) -> None:
        """A text with its middle at ``y``; cut with … where there is less room."""
        shown = printable(text) if room is None else fitted(printable(text), size, room)
        drawn = self._element("text", x=x, y=y + size * 0.36, font_size=size, fill=colour, text_anchor=anchor)
        if is_bold:
            drawn.set("font-weight", "bold")
        drawn.text = shown
        if shown != text:
            ElementTree.SubElement(drawn, "title").text = printable(text)

    def mark(self, mark: Mark, x: float, y: float, radius: float = 6.5) -> None:
        """The shape of a role around a point."""
        if not mark.outline:
            self._element("circle", cx=x, cy=y, r=radius * 0.85, fill=mark.colour)
            return
        points = " ".join(f"{_number(x + dx * radius)},{_number(y + dy * radius)}" for dx, dy in mark.outline)
        self._element("polygon", points=points, fill=mark.colour)

    def bytes(self) -> bytes:
        """The finished picture."""
        ElementTree.indent(self.root, " ")
        text: bytes = ElementTree.tostring(self.root, encoding="utf-8", xml_declaration=True)
        return text + b"\n"


def text_width(text: str, size: float) -> float:
    """About how wide a text is."""
    return size * sum(CJK_WIDTH if unicodedata.east_asian_width(letter) in "WF" else LATIN_WIDTH for letter in text)


def fitted(text: str, size: float, room: float) -> str:
    """The text, cut with … if it is wider than the room."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(text, size) + size > room:
        text = text[:-1]
    return f"{text}…"


def printable(text: str) -> str:
    """The text without control characters."""
    # XML forbids most control characters even when escaped.
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
