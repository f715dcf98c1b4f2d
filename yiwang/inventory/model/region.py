"""Region: an administrative division that the estate covers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from yiwang.core.address import IpNetwork
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.inventory.model.names import DivisionCode, Title

Level = Literal["province", "city", "county", "township", "village"]
LEVELS: tuple[Level, ...] = ("province", "city", "county", "township", "village")


class Region(Declared):
    """A division with its place in the tree, its address pools and the defaults of all that stands in it."""

    title: Title = Field(description=N_("official name, such as 浚县"))
    level: Level = Field(description=N_("province, city, county, township or village"))
    parent: DivisionCode | None = Field(None, description=N_("division above; empty for the estate's own region"))
    pools: dict[str, IpNetwork] = Field(
        default_factory=dict, description=N_("address pools carved from the pools of the same name above")
    )
    as_number: int | None = Field(None, ge=1, le=4294967295, description=N_("autonomous system of this region"))
    access_required: Flag = Field(True, description=N_("whether the extranet must reach this region"))
    defaults: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description=N_("values for the objects of a kind in this region, such as node: {ntp: …}")
    )
