"""The estate in the forms that other tools read, one file a format.

A format's module has ``files(estate, selector, folder)``, the files that ``--output`` writes by
their names, and, where one text stands for all of it, ``text(estate, selector)`` for the
terminal.  No export ever holds a secret: a reference to the vault is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.inventory.selector import Selector

UNKNOWN_FORMAT = code("E1201", N_('there is no export format "{given}"{suggestion}'), N_("known formats: {known}"))
NEEDS_OUTPUT = code(
    "E1202",
    N_("the format {format} cannot be shown at the terminal"),
    N_("say where to write it: --output {example}"),
)
UNFIT_VALUE = code(
    "E1203",
    N_("{subject}: {given} cannot be written into a {format} file"),
    N_("remove quotes, line breaks and control characters from the value"),
    N_("A value with such characters could be read as further lines of the file, so it is refused."),
)


@dataclass(frozen=True, slots=True)
class Format:
    """An export format: its name, what it is for, and whether it makes one file or a folder of them."""

    name: str
    purpose: str
    example: str
    is_folder: bool = False

    @property
    def module(self) -> Any:
        """The module that writes it; imported only when it is used."""
        return import_module(f"yiwang.inventory.exports.{self.name}")


FORMATS = {
    each.name: each
    for each in (
        Format("ansible", N_("dynamic inventory of Ansible"), "inventory.sh"),
        Format("pyinfra", N_("inventory of pyinfra"), "inventory.py"),
        Format("prometheus", N_("targets for Prometheus"), "prometheus/", is_folder=True),
        Format("ssh", N_("configuration and known hosts of OpenSSH"), "ssh/", is_folder=True),
        Format("netbox", N_("CSV files for NetBox's bulk import"), "netbox/", is_folder=True),
        Format("graphml", N_("topology for yEd, Gephi and the like"), "estate.graphml"),
        Format("xlsx", N_("ledger (台账) with Chinese headings"), "台账.xlsx"),
    )
}


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        NotFoundError: there is none (E1201).
    """
    if name not in FORMATS:
        near = suggestion(name, FORMATS)
        raise NotFoundError(UNKNOWN_FORMAT, given=name, suggestion=near, known=", ".join(FORMATS))
    return FORMATS[name]


def export_text(format: Format, estate: Estate, selector: Selector) -> str:
    """The export as one text.

    Raises:
        UsageError: the format makes several files or is not text (E1202).
    """
    if not hasattr(format.module, "text"):
        raise UsageError(NEEDS_OUTPUT, format=format.name, example=format.example)
    return str(format.module.text(estate, selector))


def export_files(format: Format, estate: Estate, selector: Selector, target: Path) -> Mapping[Path, bytes]:
    """The files to write for ``--output target``: below it for a folder format, else itself."""
    folder = target if format.is_folder or target.is_dir() else target.parent
    made: Mapping[str, bytes] = format.module.files(estate, selector, folder)
    if format.is_folder or target.is_dir():
        return {folder / name: content for name, content in made.items()}
    (content,) = made.values()
    return {target: content}
