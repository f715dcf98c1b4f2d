"""How far a field's values may be seen."""

from __future__ import annotations

from enum import StrEnum


class Sensitivity(StrEnum):
    """The classes of fields, from what anybody may see to what hardly anybody may."""

    public = "public"
    internal = "internal"
    personal = "personal"
    sensitive = "sensitive"

    def exceeds(self, other: Sensitivity) -> bool:
        """Whether this class asks for more care than the other."""
        order = tuple(Sensitivity)
        return order.index(self) > order.index(other)
