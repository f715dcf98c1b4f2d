"""Organisation: a department or office that the extranet must reach."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.inventory.model.names import DivisionCode, Name, Title


class Contact(Declared):
    """A person who answers; how to reach them."""

    name: str = Field(min_length=1, description=N_("the person's name"))
    phone: str = Field("", pattern=r"^[0-9+() -]*$", description=N_("telephone"))
    email: str = Field("", pattern=r"^$|^[^@\s]+@[^@\s]+$", description=N_("mail address"))


class Organisation(Declared):
    """A department with its contact, its security owner and its access to the extranet."""

    title: Title = Field(description=N_("official name"))
    region: DivisionCode = Field(description=N_("division whose government it belongs to"))
    kind: Literal["department", "government", "institution", "enterprise"] = Field(
        "department", description=N_("department, government, institution or enterprise")
    )
    uscc: str | None = Field(None, description=N_("unified social credit code (GB 32100), 18 characters"))
    parent: Name | None = Field(None, description=N_("organisation above it"))
    access_required: Flag = Field(True, description=N_("whether it must be covered by the extranet"))
    access: Name | None = Field(None, description=N_("device through which it reaches the extranet"))
    contact: Contact | None = Field(None, description=N_("who answers for the work"))
    security_owner: Contact | None = Field(None, description=N_("who answers for security"))
