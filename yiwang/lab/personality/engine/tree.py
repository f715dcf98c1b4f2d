"""A configuration as a tree of lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its leading blanks, how many these are, and the lines below it."""

    text: str
    lead: int = 0
    children: tuple[Line, ...] = ()


Tree = tuple[Line, ...]


def parse(text: str, comment: str) -> Tree:
    """The tree of a configuration; every line is kept, so that :func:`written` gives the same text.

    A line stands under the nearest line above that begins further left.  Lines that begin with the
    ``comment`` sign have nothing below them: Comware indents global lines under its ``#``.
    """
    open_lines = [_Open("", -1)]
    for raw in text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else ():
        bare = raw.lstrip(" ")
        here = _Open(bare, len(raw) - len(bare))
        is_comment = is_remark(bare, comment)
        _close(open_lines, 0 if is_comment and not here.lead else here.lead)
        open_lines.append(here)
        if is_comment:
            _close(open_lines, here.lead)
    _close(open_lines, 0)
    return tuple(open_lines[0].children)


def is_remark(text: str, comment: str) -> bool:
    """Whether a line is a comment, a separator or empty."""
    return not text or text.startswith(comment)


class _Open:
    """A line whose children are still being read."""

    __slots__ = ("children", "lead", "text")

    def __init__(self, text: str, lead: int) -> None:
        self.text = text
        self.lead = lead
        self.children: list[Line] = []


def _close(open_lines: list[_Open], lead: int) -> None:
    while open_lines[-1].lead >= lead:
        done = open_lines.pop()
        open_lines[-1].children.append(Line(done.text, done.lead, tuple(done.children)))


def written(tree: Tree) -> str:
    """The text of a tree, each line ended."""
    return "".join(f"{' ' * line.lead}{line.text}\n" for line in walk(tree))


def walk(tree: Tree) -> Iterator[Line]:
    """Every line in the order of the text."""
    for line in tree:
        yield line
        yield from walk(line.children)


def paths(tree: Tree, comment: str, above: Path = ()) -> Iterator[Path]:
    """Every line with those that it stands under, comments left out."""
    for line in tree:
        if not is_remark(line.text, comment):
            here = (*above, line.text)
            yield here
            yield from paths(line.children, comment, here)
