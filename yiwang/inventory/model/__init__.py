"""The declared estate's kinds, one file each.  All are frozen and refuse unknown keys."""

from yiwang.core.validation import Declared
from yiwang.inventory.model.adapter import Adapter
from yiwang.inventory.model.agreement import Agreement
from yiwang.inventory.model.device import Device, Interface, Routing, Vrf
from yiwang.inventory.model.estate import Addressing, EstateHeader, Group, Role
from yiwang.inventory.model.link import End, Link
from yiwang.inventory.model.milestone import Milestone
from yiwang.inventory.model.node import Connection, Node
from yiwang.inventory.model.organisation import Contact, Organisation
from yiwang.inventory.model.region import LEVELS, Region
from yiwang.inventory.model.report import ReportSchedule
from yiwang.inventory.model.rollout import Rollout, WaveRule
from yiwang.inventory.model.site import Site
from yiwang.inventory.model.system import Mlps, System
from yiwang.inventory.model.waiver import Waiver
from yiwang.inventory.model.zone import Flow, Zone

__all__ = [
    "KINDS",
    "LEVELS",
    "Adapter",
    "Addressing",
    "Agreement",
    "Connection",
    "Contact",
    "Device",
    "End",
    "EstateHeader",
    "Flow",
    "Group",
    "Interface",
    "Link",
    "Milestone",
    "Mlps",
    "Node",
    "Organisation",
    "Region",
    "ReportSchedule",
    "Role",
    "Rollout",
    "Routing",
    "Site",
    "System",
    "Vrf",
    "Waiver",
    "WaveRule",
    "Zone",
]

KINDS: dict[str, type[Declared]] = {
    "zones": Zone,
    "roles": Role,
    "groups": Group,
    "regions": Region,
    "sites": Site,
    "nodes": Node,
    "devices": Device,
    "links": Link,
    "organisations": Organisation,
    "systems": System,
    "adapters": Adapter,
    "agreements": Agreement,
    "milestones": Milestone,
    "reports": ReportSchedule,
    "waivers": Waiver,
}
"""Section of a file → the kind declared there, keyed by name."""
