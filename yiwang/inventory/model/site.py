"""Site: a machine room, hall or desk where equipment stands."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared
from yiwang.inventory.model.names import DivisionCode, Name, Title
from yiwang.inventory.model.organisation import Contact


class Site(Declared):
    """A place with an address and someone to call."""

    title: Title = Field(description=N_("what people call the place"))
    region: DivisionCode = Field(description=N_("division in which it lies"))
    address: str = Field("", description=N_("street address"))
    kind: str = Field("machine-room", description=N_("machine-room, hall, office or desk"))
    organisation: Name | None = Field(None, description=N_("organisation that runs it"))
    contact: Contact | None = Field(None, description=N_("who opens the door"))
    longitude: float | None = Field(None, ge=-180, le=180, description=N_("degrees east"))
    latitude: float | None = Field(None, ge=-90, le=90, description=N_("degrees north"))
