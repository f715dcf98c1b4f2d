"""Finding one declared object by its name, whatever its kind."""

from __future__ import annotations

from typing import Any

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import KINDS

UNKNOWN_KIND = code("E1022", N_('there is no kind "{given}"{suggestion}'), N_("known kinds: {known}"))
UNKNOWN_OBJECT = code(
    "E1023",
    N_('nothing in the estate is called "{given}"{suggestion}'),
    N_("`yiwang inventory list` shows nodes and devices, `--kind` the rest"),
)


def find_object(estate: Estate, given: str) -> tuple[str, str, Any]:
    """(kind, name, value) of the object called ``given`` or ``kind/name``; a region also by its title.

    Raises:
        NotFoundError: nothing is called so.
    """
    wanted, slash, name = given.rpartition("/")
    kinds = [kind for kind in KINDS if not slash or wanted in (kind, kind.removesuffix("s"))]
    for kind in ("nodes", "devices", *kinds):
        if kind in kinds and name in getattr(estate, kind):
            return kind, name, getattr(estate, kind)[name]
    for code_, region in estate.regions.items():
        if region.title == given:
            return "regions", code_, region
    known = [each for kind in kinds for each in getattr(estate, kind)]
    raise NotFoundError(UNKNOWN_OBJECT, given=given, suggestion=suggestion(name, known))
