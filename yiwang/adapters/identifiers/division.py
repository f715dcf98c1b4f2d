"""区划代码 (GB/T 2260, GB/T 10114): 6 digits of province, city and county, 9 with the township, 12 with the village."""

from __future__ import annotations

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.core.i18n import N_
from yiwang.inventory.division_history import is_division

DIVISION = Identifier(
    "division-code",
    N_("division code"),
    "GB/T 2260, GB/T 10114",
    "[1-8][0-9]{5}(?:[0-9]{3}){0,2}",
    "410621",
    is_division,
)
