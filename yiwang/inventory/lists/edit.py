"""Bringing changes into the estate's files: only the values that differ, comments and order kept."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tokens import CommentToken

from yiwang.core.document import parse
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.core.rewriting import rewriter
from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.lists.change import Change, nested
from yiwang.inventory.loading.layers import merge

CHANGED_MEANWHILE = code(
    "E1216",
    N_("{file} has changed since it was read"),
    N_("nothing was written; run the import again"),
)
CANNOT_EDIT = code(
    "E1217",
    N_("{file} cannot be edited without changing other objects in it"),
    N_("write anchors and aliases (& and *) out in full, then import again; nothing was written"),
)

_START = re.compile(r"\A(?:(?:#|%)[^\n]*\n|\s*\n)*---[ ]*\n")
# Texts that other readers would take for a number and shorten, or for nothing.
_QUOTED = re.compile(r"0\d+|\d{10,}|~|null|Null|NULL|true|false|")


def apply(
    estate: Estate, changes: Iterable[Change], more: Mapping[Path, bytes] = MappingProxyType({})
) -> tuple[Path, ...]:
    """Write all changes, and ``more`` whole files with them; either every file is written or none.

    Returns the files that changed.

    Raises:
        UsageError: a file changed meanwhile (E1216), shares values by aliases (E1217) or cannot be written (E0130).
    """
    by_file: dict[Path, list[Change]] = {}
    homes = _Homes(estate)
    for change in changes:
        if change.values:
            by_file.setdefault(homes.of(change), []).append(change)
    edited = {file: _edited(file, wanted, homes) for file, wanted in by_file.items()} | dict(more)
    write_files(edited)
    return tuple(edited)


class _Homes:
    """Which file an object belongs into."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.data: dict[Path, Any] = {}
        self.scopes: dict[str, Path] = {}
        self.neighbours: dict[tuple[str, str], Counter[Path]] = {}
        for kind, objects in estate.declared.objects.items():
            for declaration in objects.values():
                file = declaration.document.file
                self.data[file] = declaration.document.data
                where = (kind, str(declaration.data.get("region")))
                self.neighbours.setdefault(where, Counter())[file] += 1
                if scope := declaration.document.data.get("region"):
                    self.scopes.setdefault(str(scope), file)

    def of(self, change: Change) -> Path:
        """The object's own file; for a new one where most of its neighbours are, else a file for its kind."""
        own = self.estate.declared.objects[change.kind].get(change.name)
        if own:
            return own.document.file
        if neighbours := self.neighbours.get((change.kind, change.region)):
            return neighbours.most_common(1)[0][0]
        fallback = self.estate.folder / f"{change.kind}.yaml" if self.estate.folder.is_dir() else self.estate.folder
        return self.scopes.get(change.region, fallback)


def _edited(file: Path, changes: list[Change], homes: _Homes) -> bytes:
    before = file.read_bytes() if file.exists() else b""
    known = parse(before, file)[0].data or {}
    if file in homes.data and known != homes.data[file]:
        raise UsageError(CHANGED_MEANWHILE, file=file)
    text = before.decode("utf-8-sig")
    after = _with_changes(text.replace("\r\n", "\n"), changes, str(known.get("region") or ""))
    if "\r\n" in text:
        after = after.replace("\n", "\r\n")
    content = (b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b"") + after.encode()
    if parse(content, file)[0].data != _expected(known, changes):
        raise UsageError(CANNOT_EDIT, file=file)
    return content


def _own_values(change: Change, scope: str) -> dict[str, Any]:
    # In a file that begins with `region:` an object of that region does not repeat it.
    values = {path: value for path, _old, value in change.values}
    if change.action == "added" and values.get(("region",)) == scope:
        del values["region",]
    return nested(values)


def _expected(known: Mapping[str, Any], changes: list[Change]) -> dict[str, Any]:
    data: dict[str, Any] = deepcopy(dict(known))
    for change in changes:
        section = dict(data.get(change.kind) or {})
        values = _own_values(change, str(known.get("region") or ""))
        section[change.name] = merge(section.get(change.name) or {}, values)
        data[change.kind] = section
    return data


def _with_changes(text: str, changes: list[Change], scope: str) -> str:
    start = _START.match(text)
    head, body = (text[: start.end()], text[start.end() :]) if start else ("", text)
    yaml = rewriter(body)
    data = yaml.load(body)
    if data is None:
        # A file without a value may still hold comments; ruamel would drop them.
        head, data = head + body, CommentedMap()
    for change in changes:
        _lay(data, {change.kind: {change.name: _own_values(change, scope)}})
    out = io.StringIO()
    yaml.dump(data, out)
    return head + out.getvalue()


def _lay(mapping: CommentedMap, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        before = mapping.get(key)
        if isinstance(value, Mapping) and isinstance(before, CommentedMap) and before:
            _lay(before, value)
        elif key in mapping and not isinstance(value, Mapping):
            mapping[key] = _like(before, value)
        else:
            _add(mapping, key, _like(None, value))


def _like(before: Any, value: Any) -> Any:
    """The new value in the style of the old one."""
    if isinstance(value, Mapping):
        return CommentedMap((key, _like(None, each)) for key, each in value.items())
    if isinstance(value, list):
        items = CommentedSeq(_like(None, each) for each in value)
        if not isinstance(before, CommentedSeq) or before.fa.flow_style():
            items.fa.set_flow_style()
        return items
    if isinstance(before, DoubleQuotedScalarString) or _QUOTED.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value


def _add(mapping: CommentedMap, key: str, value: Any) -> None:
    # ruamel keeps the blank lines and comments after a block with the last value in it; they must
    # stay behind the block when that is no longer the last one.
    rest = "" if mapping.fa.flow_style() else _take_rest(mapping)
    mapping[key] = value
    if rest:
        _put_rest(mapping, rest)


def _take_rest(node: Any) -> str:
    """Cut off what follows the line of the last value."""
    while isinstance(node, CommentedMap | CommentedSeq) and len(node):
        key, child = _last(node)
        slot = 2 if isinstance(node, CommentedMap) else 0
        tokens = node.ca.items.get(key)
        if tokens and tokens[slot] is not None:
            line, newline, rest = tokens[slot].value.partition("\n")
            tokens[slot].value = line + newline
            return rest if newline else ""
        node = child
    return ""


def _put_rest(node: Any, rest: str) -> None:
    key, child = _last(node)
    while isinstance(child, CommentedMap | CommentedSeq) and child and not child.fa.flow_style():
        node = child
        key, child = _last(node)
    token = CommentToken("\n" + rest, CommentMark(0), None)
    node.ca.items[key] = [None, None, token, None] if isinstance(node, CommentedMap) else [token, None]


def _last(node: Any) -> tuple[Any, Any]:
    key = next(reversed(node)) if isinstance(node, CommentedMap) else len(node) - 1
    return key, node[key]
