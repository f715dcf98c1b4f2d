"""Objects as YAML that people like to edit: one line for what fits a line, blocks for the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

WIDTH = 150

_PLAIN = re.compile(r"[\w.(（/〔《“][{0}]*( [{0}]+)*".replace("{0}", r"\w./:@()（）〔〕《》“”·、，。；：！？%+-"))
_MARKED = re.compile(r":( |$)")


def scalar(value: Any) -> str:
    """One value, quoted only where YAML asks for it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(str(value))


@lru_cache(maxsize=1 << 15)
def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and not _MARKED.search(text) else json.dumps(text, ensure_ascii=False)


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def lines(data: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """A mapping in block style; a value that fits the line stays in it, unless it is a table itself."""
    margin = " " * indent
    for key, value in data.items():
        shown = f"{margin}{scalar(key)}: {flow(value)}"
        if not isinstance(value, dict) or not value or (len(shown) <= WIDTH and not _is_table(value)):
            yield shown
        else:
            yield f"{margin}{scalar(key)}:"
            yield from lines(value, indent + 2)


def _is_table(value: Mapping[str, Any]) -> bool:
    return sum(isinstance(each, dict) for each in value.values()) > 1


def document(comments: Sequence[str], sections: Mapping[str, Any]) -> str:
    """A whole file: comments at the head, then sections with an empty line between."""
    parts = ["\n".join(f"# {comment}" for comment in comments)]
    for section, content in sections.items():
        if isinstance(content, dict):
            parts.append("\n".join((f"{section}:", *lines(content, 2))))
        elif content is not None:
            parts.append(f"{section}: {flow(content)}")
    return "\n\n".join(parts) + "\n"
