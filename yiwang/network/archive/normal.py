"""The normal form of an output: what changes by itself is left out, line ends are newlines."""

from __future__ import annotations

from yiwang.network.archive.archive import Kind
from yiwang.network.platforms.model import Platform


def normal(platform: Platform, kind: Kind, text: str) -> str:
    """The lines that mean something, without blanks at their ends and without empty lines around them."""
    lines = [kept for line in text.splitlines() if (kept := _kept(platform, kind, line.rstrip())) is not None]
    whole = "\n".join(lines).strip("\n")
    return f"{whole}\n" if whole else ""


def _kept(platform: Platform, kind: Kind, line: str) -> str | None:
    for volatile in platform.volatile:
        if volatile.only in (None, kind) and (found := volatile.line.match(line)):
            return found.expand(volatile.by) if volatile.by is not None else None
    return line
