"""How a platform writes its configuration: data, taken from the platform's table."""

from __future__ import annotations

import re
from dataclasses import dataclass

MODES = re.IGNORECASE
"""How every pattern of a grammar is read: devices echo commands in the case that was typed."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the lines of a platform's configuration mean, apart from the commands themselves.

    Every pattern must match from the beginning of a line's text, without its indentation.
    """

    comments: tuple[str, ...] = ("!", "#")
    """Beginnings of lines that say nothing but end the section they stand at."""
    margin: int = 0
    """Columns that a line outside of all sections may be indented by; Comware writes one."""
    closers: re.Pattern[str] | None = None
    """Lines that only leave a section: ``exit-address-family``, ``quit``."""
    heads: re.Pattern[str] | None = None
    """Lines that open a section for everything up to the next of them, whatever its indentation."""
    end: re.Pattern[str] | None = None
    """The last line of a whole configuration; None where the platform writes none."""
    end_after: re.Pattern[str] | None = None
    """A heading of captures that have such an end, where a configuration kept as a file has none."""
    banner: re.Pattern[str] | None = None
    """First line of a free text; its group ``delimiter`` is what closes it."""
    noise: re.Pattern[str] | None = None
    """What a capture leaves behind: prompts, pagers, headings of the command's output."""
    name: re.Pattern[str] | None = None
    """The device's name, in group 1."""
    version: re.Pattern[str] | None = None
    """The software's version, in group 1; comments are searched too."""
    secrets: tuple[re.Pattern[str], ...] = ()
    """What must not be shown: the group ``secret``, searched in the line with its indentation."""


def pattern(*alternatives: str) -> re.Pattern[str] | None:
    """One pattern from the alternatives of a table; None from none."""
    return re.compile("|".join(f"(?:{each})" for each in alternatives), MODES) if alternatives else None
