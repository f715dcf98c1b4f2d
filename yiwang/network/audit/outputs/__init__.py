"""What is written of an audit: one file for each format.  Nothing in any of them is a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.network.audit.outcome import Outcome

UNKNOWN_FORMAT = code(
    "E3612",
    N_('the name "{file}" does not tell a format'),
    N_("end it with one of: {known}"),
)

Writer = Callable[[Outcome], bytes]

FORMATS: Mapping[str, tuple[str, ...]] = {
    "json": (".json",),
    "sarif": (".sarif",),
    "junit": (".xml",),
    "csv": (".csv",),
    "xlsx": (".xlsx",),
    "html": (".html", ".htm"),
}
"""Each format and the endings of its files."""


def writer(format: str) -> Writer:
    """What writes a format; its module is imported now."""
    made: Writer = import_module(f"yiwang.network.audit.outputs.{format}").written
    return made


def format_of(file: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        UsageError: it asks for none that is known (E3612).
    """
    found = next((format for format, endings in FORMATS.items() if file.suffix.lower() in endings), None)
    if found is None:
        known = ", ".join(ending for endings in FORMATS.values() for ending in endings)
        raise UsageError(UNKNOWN_FORMAT, file=file.name, known=known)
    return found
