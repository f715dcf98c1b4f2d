"""Interface names of a platform, handed out one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from yiwang.core.errors import UsageError, code, suggestion
from yiwang.core.i18n import N_

TABLE = Path(__file__).with_name("ports.yaml")
PORTS_OF_A_SLOT = 24

UNKNOWN_PLATFORM = code(
    "E1411",
    N_('the platform "{given}" is unknown{suggestion}'),
    N_("known platforms: {known}"),
)

Speed = Literal["fast", "plain"]


@cache
def platforms() -> Mapping[str, Any]:
    """The table of platforms."""
    table: Mapping[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table


def require_platform(given: str) -> str:
    """The platform's name.

    Raises:
        UsageError: the table does not have it.
    """
    if given not in platforms():
        known = sorted(platforms())
        raise UsageError(UNKNOWN_PLATFORM, given=given, suggestion=suggestion(given, known), known=", ".join(known))
    return given


def port_names(platform: str, speed: Speed) -> Iterator[str]:
    """The names of a device's ports, without end."""
    table = platforms()[platform]
    slot, port = table["first_slot"][speed], table["first_port"][speed]
    number = 0
    while True:
        high, low = divmod(number, PORTS_OF_A_SLOT)
        number += 1
        yield table[speed].format(slot=slot + high, port=port + low, number=number)


def part_name(platform: str, name: str, number: int) -> str:
    """The sub-interface of a port for its line of that number."""
    return str(platforms()[platform]["part"].format(name=name, number=number))
