"""YAML documents with positions: the one reader for the estate and for settings.

The reader does not guess types: a plain scalar stays the text that was written (``NO``,
``0410``, ``1.10``), only ``null``, ``~`` and nothing become None, and the schema that
consumes the document decides what the text means.  Every key and value keeps its line
and column.  Parsing is libyaml's, through PyYAML's event stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yiwang.core.errors import Finding, Position, code
from yiwang.core.i18n import N_

MAXIMUM_DEPTH = 40
MAXIMUM_VALUES = 2_000_000

NOT_UTF8 = code(
    "E0101",
    N_("the file is not UTF-8 but {encoding}"),
    N_("convert it: iconv -f {encoding} -t UTF-8 {file} > new.yaml"),
    N_(
        "Files saved by Chinese Windows editors are often GBK or UTF-16. Yiwang reads UTF-8 only, so that "
        "a file means the same on every machine. Save it as UTF-8 in the editor, or convert it with iconv."
    ),
)
SYNTAX = code(
    "E0102",
    N_("this is not YAML: {problem}"),
    N_("look at this line and the one above it: indentation, a missing space after a colon, or a missing quote"),
    N_("The file cannot be read beyond this place. Mend it first; errors further down show afterwards."),
)
TAB = code(
    "E0103",
    N_("a tab is used for indentation"),
    N_("replace the tab with spaces"),
    N_("YAML allows only spaces for indentation, because a tab is as wide as each editor likes."),
)
DUPLICATE_KEY = code(
    "E0104",
    N_('key "{key}" was given before, in line {line}'),
    N_("remove or rename one of the two"),
    N_("Most YAML readers silently keep the last value. Yiwang refuses, because the first one would be lost unseen."),
)
TAG = code(
    "E0105",
    N_('the tag "{tag}" is not supported'),
    N_("write the plain value; for a secret write a reference such as vault:devices/core-1"),
)
TOO_LARGE = code(
    "E0106",
    N_("the file has {size_mib} MiB; at most {limit_mib} MiB are read"),
    N_("split it, for example one file for each county, or raise inventory.max_file_mib"),
    N_(
        "A file this large is nearly always a mistake (a log, a dump, an export). It is refused before it is read, "
        "so that a slip cannot use up the machine's memory."
    ),
)
TOO_DEEP = code(
    "E0107",
    N_("the document is nested deeper than {limit} levels, or repeats itself through aliases beyond {values} values"),
    N_("flatten it"),
)
NOT_A_MAPPING = code(
    "E0108",
    N_("a mapping with keys was expected here"),
    N_("write it as `key: value` lines"),
)
BINARY = code(
    "E0109",
    N_("the file holds control characters; it is not a text file"),
    N_("remove it from the estate, or save it as text"),
)
SEVERAL_DOCUMENTS = code(
    "E0110",
    N_("a second document begins here"),
    N_("remove the `---` line, or move what follows to a file of its own"),
)
UNREADABLE = code(
    "E0111",
    N_("the file cannot be read: {reason}"),
    N_("check that it exists and that you may read it"),
)

# Plain text that YAML 1.2's core schema would read as something else than a string.
_TYPED = re.compile(
    r"(?:true|True|TRUE|false|False|FALSE|null|Null|NULL|~|"
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)?"
)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))

PROBLEMS = {
    "mapping values are not allowed in this context": N_("a second colon in this line, or wrong indentation"),
    "did not find expected key": N_("this line does not fit the indentation of the lines above"),
    "could not find expected ':'": N_("a colon after the key is missing"),
    "did not find expected '-' indicator": N_("a list item must begin with `- `"),
    "did not find expected ',' or ']'": N_("a `[` list is not closed"),
    "did not find expected ',' or '}'": N_("a `{` mapping is not closed"),
    "found unexpected end of stream": N_("a quote is not closed"),
    "block sequence entries are not allowed in this context": N_("a list begins in the line of its key"),
    "found undefined tag handle": N_("`!` begins a tag; put the value in quotes"),
    "found undefined alias": N_("`*` begins an alias that is not defined; put the value in quotes"),
    "did not find expected alphabetic or numeric character": N_("`*` or `&` needs quotes around the value"),
    "found character that cannot start any token": N_("this character cannot begin a value; put the value in quotes"),
}


class Quoted(str):
    """A quoted scalar whose text would mean something else if it were plain."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: ``data`` is nested dict, list, str and None; ``marks`` mirrors it.

    A mark is ``(key line, key column, value line, value column, children's marks)``, from 1.
    """

    file: Path
    data: Any
    marks: Any

    def position(self, path: Sequence[str | int], *, of_key: bool = False) -> Position:
        """Where the value (or the key) at ``path`` stands; the nearest parent if it is absent."""
        return position_in(self.file, self.marks, path, of_key=of_key)


def position_in(file: Path, marks: Any, path: Sequence[str | int], *, of_key: bool = False) -> Position:
    """As :meth:`Document.position`, from bare marks."""
    found = marks
    whole = True
    for part in path:
        try:
            found = found[4][part]
        except (KeyError, IndexError, TypeError):
            whole = False
            break
    at_key = (of_key or not whole) and found[0]
    return Position(file, found[0], found[1]) if at_key else Position(file, found[2], found[3])


def plain_value(text: Any) -> Any:
    """What YAML 1.2's core schema makes of a value: for free-form fields that no schema types."""
    if isinstance(text, dict):
        return {key: plain_value(value) for key, value in text.items()}
    if isinstance(text, list):
        return [plain_value(value) for value in text]
    if not isinstance(text, str) or isinstance(text, Quoted) or not _TYPED.fullmatch(text):
        return text
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    if lowered in _NULLS:
        return None
    try:
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    except ValueError:
        return float(text)


class _StopError(Exception):
    """Reading this document cannot go on; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


class _Reader:
    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.anchors: dict[str, tuple[Any, Any, int]] = {}
        self.values = 0
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = yaml.parse(text, Loader=loader)

    def fail(self, error: Any, mark: Any, **values: Any) -> Finding:
        at = Position(self.file, mark.line + 1, mark.column + 1)
        finding = Finding(error, "error", at, values=values)
        self.findings.append(finding)
        return finding

    def document(self) -> tuple[Any, Any]:
        data: Any = None
        marks: Any = (0, 0, 1, 1, None)
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _StopError(self.fail(SEVERAL_DOCUMENTS, event.start_mark))
                data, marks = self.value(next(self.events), (0, 0), 0)
        return data, marks

    def value(self, event: Any, key: tuple[int, int], depth: int) -> tuple[Any, Any]:
        start = event.start_mark
        line, column = start.line + 1, start.column + 1
        self.values += 1
        if depth > MAXIMUM_DEPTH or self.values > MAXIMUM_VALUES:
            raise _StopError(self.fail(TOO_DEEP, start, limit=MAXIMUM_DEPTH, values=MAXIMUM_VALUES))
        kind = type(event)
        data: Any
        if kind is yaml.AliasEvent:
            if event.anchor not in self.anchors:
                problem = PROBLEMS["found undefined alias"]
                raise _StopError(self.fail(SYNTAX, start, problem=problem))
            data, marks, size = self.anchors[event.anchor]
            self.values += size
            return data, (*key, *marks[2:])
        if event.tag is not None and event.tag != "!":
            self.fail(TAG, start, tag=event.tag)
        before = self.values
        children: Any = None
        if kind is yaml.ScalarEvent:
            data = _scalar(event)
        elif kind is yaml.MappingStartEvent:
            data, children = self.mapping(depth)
        else:
            data, children = self.sequence(depth)
        marks = (*key, line, column, children)
        if event.anchor:
            self.anchors[event.anchor] = (data, marks, self.values - before)
        return data, marks

    def mapping(self, depth: int) -> tuple[dict[str, Any], dict[str, Any]]:
        data: dict[str, Any] = {}
        marks: dict[str, Any] = {}
        for event in self.events:
            if type(event) is yaml.MappingEndEvent:
                break
            start = event.start_mark
            if type(event) is not yaml.ScalarEvent:
                raise _StopError(self.fail(SYNTAX, start, problem=N_("a key must be plain text")))
            key = event.value
            if key in data:
                self.fail(DUPLICATE_KEY, start, key=key, line=marks[key][0])
            data[key], marks[key] = self.value(next(self.events), (start.line + 1, start.column + 1), depth + 1)
        return data, marks

    def sequence(self, depth: int) -> tuple[list[Any], list[Any]]:
        data: list[Any] = []
        marks: list[Any] = []
        for event in self.events:
            if type(event) is yaml.SequenceEndEvent:
                break
            item, mark = self.value(event, (0, 0), depth + 1)
            data.append(item)
            marks.append(mark)
        return data, marks


def _scalar(event: Any) -> str | None:
    text: str = event.value
    if not event.style:
        return None if text in _NULLS else text
    return Quoted(text) if _TYPED.fullmatch(text) else text


def parse(content: bytes, file: Path) -> tuple[Document, tuple[Finding, ...]]:
    """Read a document from bytes.  Findings are complete up to the first place that stops the parser."""
    empty = Document(file, None, (0, 0, 1, 1, None))
    text, finding = _decode(content, file)
    if finding:
        return empty, (finding,)
    reader = _Reader(file, text)
    try:
        data, marks = reader.document()
    except _StopError:
        return empty, tuple(reader.findings)
    except yaml.YAMLError as error:
        return empty, (*reader.findings, _syntax(error, file, text))
    return Document(file, data, marks), tuple(reader.findings)


def read(file: Path, *, max_file_mib: float = 16) -> tuple[bytes, tuple[Finding, ...]]:
    """The file's bytes, refused beyond the limit before they are read."""
    try:
        size = file.stat().st_size
        if size > max_file_mib * 1024 * 1024:
            values = {"size_mib": round(size / 1024 / 1024, 1), "limit_mib": max_file_mib}
            return b"", (Finding(TOO_LARGE, "error", Position(file), values=values),)
        return file.read_bytes(), ()
    except OSError as error:
        reason = error.strerror or str(error)
        return b"", (Finding(UNREADABLE, "error", Position(file), values={"reason": reason}),)


def _decode(content: bytes, file: Path) -> tuple[str, Finding | None]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "", _encoding_finding(content, error.start, file)
    if control := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        line = text.count("\n", 0, control.start()) + 1
        return "", Finding(BINARY, "error", Position(file, line, 1))
    return text, None


def _encoding_finding(content: bytes, offset: int, file: Path) -> Finding:
    line = content.count(b"\n", 0, offset) + 1
    column = offset - (content.rfind(b"\n", 0, offset) + 1) + 1
    at = Position(file, line, column)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Finding(NOT_UTF8, "error", Position(file, 1, 1), values={"encoding": "UTF-16", "file": file})
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return Finding(BINARY, "error", at)
    return Finding(NOT_UTF8, "error", at, values={"encoding": "GB18030", "file": file})


def _syntax(error: yaml.YAMLError, file: Path, text: str) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    if mark is None:
        return Finding(SYNTAX, "error", Position(file, 1, 1), values={"problem": problem})
    at = Position(file, mark.line + 1, mark.column + 1)
    lines = text.splitlines()
    here = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or here[mark.column : mark.column + 1] == "\t":
        return Finding(TAB, "error", at)
    known = next((words for start, words in PROBLEMS.items() if problem.startswith(start)), problem)
    return Finding(SYNTAX, "error", at, values={"problem": known})
