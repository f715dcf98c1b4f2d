"""Zone: a network security area, and which zone may open connections to which."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.inventory.model.names import Name, Title

Service = Annotated[str, Field(pattern=r"^(tcp|udp)/\d{1,5}(-\d{1,5})?$|^icmp$|^any$")]


class Flow(Declared):
    """Connections that one zone may open to another; everything not listed is denied."""

    to: Name = Field(description=N_("zone that is reached"))
    services: tuple[Service, ...] = Field(description=N_("such as tcp/443, udp/123, icmp"))
    through: Literal["direct", "exchange"] = Field(
        "direct", description=N_("direct, or only from and to exchange nodes")
    )
    purpose: str = Field("", description=N_("why this is allowed"))


class Zone(Declared):
    """A zone with its policy: default deny, and only the exchange may cross."""

    title: Title = Field(description=N_("what people call the zone"))
    managed: Flag = Field(True, description=N_("false for a network that others run, such as the intranet"))
    internet: Flag = Field(False, description=N_("whether it faces the internet"))
    extranet: Flag = Field(False, description=N_("whether its addresses must lie in the declared extranet block"))
    may_open: tuple[Flow, ...] = Field((), description=N_("connections that may be opened from here"))
