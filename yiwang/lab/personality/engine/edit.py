"""Changing a configuration: one line entered in a view, or undone there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from yiwang.lab.personality.engine.platform import TOP, Platform
from yiwang.lab.personality.engine.tree import Line, Path, Tree, is_remark
from yiwang.lab.personality.engine.words import INCOMPLETE, UNKNOWN, Match, Mistake, Pattern, resolve, split


@dataclass(frozen=True, slots=True)
class Edit:
    """One line entered under the headers of ``path``, or undone there."""

    path: Path
    line: str
    is_undo: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a typed line means in the view at ``depth`` of those that are open."""

    depth: int
    line: str


def read(typed: str, views: tuple[str, ...], platform: Platform) -> Reading | Mistake:
    """A configuration line in full, in the deepest of the open views that knows it.

    Vendors take a line of an outer view in an inner one: ``interface`` leads from one to the next.
    """
    worst: Mistake | None = None
    for depth in range(len(views), 0, -1):
        view = views[depth - 1]
        found = _in_view(typed, platform.lines(view), platform.heads(view), platform)
        if isinstance(found, Match):
            return Reading(depth, found.line)
        if worst is None or found.word > worst.word:
            worst = found
    return worst or Mistake(UNKNOWN, 0, 0)


def _in_view(typed: str, lines: tuple[Pattern, ...], heads: tuple[Pattern, ...], platform: Platform) -> Match | Mistake:
    strict = resolve(typed, lines, platform.names)
    if isinstance(strict, Match):
        return strict
    loose = resolve(typed, heads, platform.names)
    if isinstance(loose, Match):
        return loose
    return max(strict, loose, key=lambda each: each.word)


def read_undo(typed: str, views: tuple[str, ...], platform: Platform) -> list[Reading] | Mistake:
    """What is to be undone, which may be only how a line begins; the deepest view first."""
    count = len(split(typed))
    if not count:
        return Mistake(INCOMPLETE, 0, 0)
    found = []
    worst = Mistake(UNKNOWN, 0, 0)
    for depth in range(len(views), 0, -1):
        view = views[depth - 1]
        lines, heads = (tuple(each[:count] for each in of(view)) for of in (platform.lines, platform.heads))
        match = _in_view(typed, lines, heads, platform)
        if isinstance(match, Match):
            found.append(Reading(depth, match.line))
        elif match.word > worst.word:
            worst = match
    return found or worst


def applied(tree: Tree, edit: Edit, platform: Platform) -> Tree:
    """The tree after an edit; the same tree where there is nothing to undo."""
    if edit.is_undo:
        return _changed(tree, edit.path, platform, lambda lines, header: _without(lines, header, edit.line, platform))
    for number, header in enumerate(edit.path):
        tree = _with_line(tree, edit.path[:number], header, platform)
    return _with_line(tree, edit.path, edit.line, platform)


def found(tree: Tree, path: Path, platform: Platform) -> Line | None:
    """The line at a path of headers."""
    line = None
    for text in path:
        wanted = platform.identity(text)
        line = next((each for each in tree if platform.identity(each.text) == wanted), None)
        if line is None:
            return None
        tree = line.children
    return line


Change = Callable[[Tree, Line | None], Tree]


def _changed(tree: Tree, path: Path, platform: Platform, change: Change, header: Line | None = None) -> Tree:
    if not path:
        return change(tree, header)
    wanted = platform.identity(path[0])
    return tuple(
        replace(line, children=_changed(line.children, path[1:], platform, change, line))
        if platform.identity(line.text) == wanted
        else line
        for line in tree
    )


def _with_line(tree: Tree, path: Path, text: str, platform: Platform) -> Tree:
    view = view_of(path, platform)
    return _changed(tree, path, platform, lambda lines, header: _Place(platform, view, header).entered(lines, text))


def view_of(path: Path, platform: Platform) -> str:
    """The view that a path of headers leads to."""
    view = TOP
    for text in path:
        opened = platform.opened(view, text)
        view = opened[0].view if opened else "*"
    return view


@dataclass(frozen=True, slots=True)
class _Place:
    """The lines below one header (None: the top), and the view that they make."""

    platform: Platform
    view: str
    header: Line | None

    def entered(self, lines: Tree, text: str) -> Tree:
        same = self.platform.identity(text)
        for index, line in enumerate(lines):
            if self.platform.identity(line.text) == same:
                return (*lines[:index], self._renewed(line, text), *lines[index + 1 :])
        return self._inserted(lines, text)

    def _renewed(self, line: Line, text: str) -> Line:
        # `ospf 1` opens `ospf 1 router-id 192.0.2.1`; it does not take the router id away.
        says_more = text.startswith(f"{self.platform.identity(text)} ")
        return line if self.platform.opened(self.view, text) and not says_more else replace(line, text=text)

    def _inserted(self, lines: Tree, text: str) -> Tree:
        is_section = self.platform.opened(self.view, text) is not None
        new = self._new(text, is_section)
        separator = Line(self.platform.comment, self._lead(is_section=True))
        rank = self._rank(text)
        place = max(
            (i + 1 for i, each in enumerate(lines) if self._is_line(each) and self._rank(each.text) <= rank), default=0
        )
        if not place:
            return self._at_start(lines, new, separator)
        before = lines[place - 1]
        if lines[place:] and self.platform.section_end and lines[place].text == self.platform.section_end:
            place += 1
        is_apart = is_section or self._rank(before.text) != rank
        room = not lines[place:] or not self._is_line(lines[place])
        if is_apart and room and self._separates:
            new = (separator, *new)
        return (*lines[:place], *new, *lines[place:])

    def _at_start(self, lines: Tree, new: Tree, separator: Line) -> Tree:
        if not self._separates:
            return (*new, *lines)
        place = next((index for index, each in enumerate(lines) if self._is_line(each)), len(lines))
        return (*lines[:place], *new, *((separator,) if lines else ()), *lines[place:])

    def _new(self, text: str, is_section: bool) -> Tree:
        line = Line(text, self._lead(is_section=is_section))
        if is_section and self.platform.section_end and self.header is None:
            return line, Line(self.platform.section_end, line.lead)
        return (line,)

    def _lead(self, *, is_section: bool) -> int:
        if self.header:
            return self.header.lead + self.platform.indent
        return 0 if is_section else self.platform.global_lead

    def _rank(self, text: str) -> int:
        return self.platform.rank(text, is_top=self.header is None)

    def _is_line(self, line: Line) -> bool:
        return not is_remark(line.text, self.platform.comment) and line.text != self.platform.section_end

    @property
    def _separates(self) -> bool:
        return self.platform.separates(self.header.text if self.header else None)


def _without(lines: Tree, header: Line | None, text: str, platform: Platform) -> Tree:
    separated = platform.separates(header.text if header else None)
    index = 0
    while index < len(lines):
        if _is_meant(lines[index].text, text, platform):
            lines = _dropped(lines, index, separated, platform)
            index = max(index - 1, 0)
        else:
            index += 1
    return lines


def _is_meant(line: str, undone: str, platform: Platform) -> bool:
    if is_remark(line, platform.comment):
        return False
    if platform.identity(line) == platform.identity(undone):
        return True
    return " " in undone and line.startswith(f"{undone} ")


def _dropped(lines: Tree, index: int, separated: bool, platform: Platform) -> Tree:
    end = index + 1
    if platform.section_end and end < len(lines) and lines[end].text == platform.section_end:
        end += 1
    before, after = lines[:index], lines[end:]
    if separated and (not before or is_remark(before[-1].text, platform.comment)):
        if after and after[0].text == platform.comment:
            after = after[1:]
        elif not after and before and before[-1].text == platform.comment:
            before = before[:-1]
    return (*before, *after)
