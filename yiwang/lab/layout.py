"""What a lab consists of: frozen values, kept as JSON before anything of it is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from typing import Literal

from yiwang.core.i18n import N_, fill
from yiwang.lab.naming import management_network

Kind = Literal["node", "device", "server"]


@dataclass(frozen=True, slots=True)
class Port:
    """An interface of a host: its declared name, its name in the kernel, its address with prefix (or "").

    ``peer`` is the one address that is reached over it, where the lab laid the cable.
    """

    declared: str
    kernel: str
    address: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """A node, a device or a department's server as it runs in the lab.

    ``addresses`` are those that are declared of it, without prefix: by them it is reached from the
    lab's management network.  ``index`` counts from 0 and gives its management address.
    ``host_key`` is its public SSH key, as in ``known_hosts``.  A department's server names the
    ``adapters`` that it serves and the TCP port that answers when it is ready (0: none beside SSH's).
    ``layer`` is the image layer with its profile's packages, or "".
    """

    name: str
    kind: Kind
    profile: str
    platform: str
    index: int
    management: str
    addresses: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    gateway: str = ""
    user: str = "yiwang"
    region: str = ""
    host_key: str = ""
    adapters: tuple[str, ...] = ()
    service_port: int = 0
    layer: str = ""

    def port(self, declared: str) -> Port | None:
        """The port of a declared name."""
        return next((port for port in self.ports if port.declared == declared), None)


@dataclass(frozen=True, slots=True)
class CableEnd:
    """Where a cable is plugged in: a host, and the port's declared and kernel name."""

    host: str
    declared: str
    kernel: str

    def __str__(self) -> str:
        return f"{self.host}:{self.declared}"


@dataclass(frozen=True, slots=True)
class Cable:
    """A declared link between two hosts of the lab; the bandwidth is the declared one, in Mbit/s."""

    name: str
    ends: tuple[CableEnd, CableEnd]
    bandwidth_mbps: float | None = None

    def end_at(self, host: str) -> CableEnd | None:
        """The end at a host."""
        return next((end for end in self.ends if end.host == host), None)


@dataclass(frozen=True, slots=True)
class Omission:
    """Something declared or real that this lab cannot rehearse, or does with a substitute."""

    kind: str
    subject: str
    detail: str = ""

    @property
    def message(self) -> str:
        """What is missing and what stands in for it, in the current language."""
        return fill(OMISSIONS[self.kind], {"detail": self.detail})


OMISSIONS = {
    "end-outside": N_("not in this lab: {detail}; the port towards it stays down"),
    "mirror-outside": N_("{detail} is not in this lab; packages come from a read-only folder of this machine"),
    "platform": N_("its command line is a personality that imitates {detail}; routing is FRR's"),
    "platform-unknown": N_('there is no personality for "{detail}"; it runs as a plain FRR router'),
    "vrf": N_("routing instance {detail}: the kernel has no VRF; its ports route in the main table"),
    "configuration": N_("not translated for routing: {detail}"),
    "host-key": N_("the pinned host key's private half is not known; `yiwang lab run` trusts the lab's own instead"),
    "secret": N_("not in the vault, or its key is not here; the lab made one of its own"),
    "kernel": N_("kernel.*, vm.* and fs.* settings are scratch copies: they read back, but nothing enforces them"),
    "clock": N_("hosts share this machine's clock; time daemons run without setting it"),
    "modules": N_("kernel modules, firmware, disks and the boot loader are this machine's own"),
    "audit": N_("the kernel's audit system cannot run in a host; auditd is installed but not started"),
    "server-kind": N_('no profile for kind "{detail}"; not rehearsed'),
    "server-node": N_("the declared host is {detail}; no server is made for it"),
    "server-address": N_("the adapter declares no address of its server; in this lab it is {detail}"),
    "server-charset": N_('the server cannot store "{detail}"; it stores UTF-8, and the account speaks {detail}'),
    "systemd": N_("no systemd: services are started by a script, `systemctl` does not work"),
}
"""Kind → what is said of it."""

EVERY_LAB = ("kernel", "clock", "modules", "audit")
"""What no lab of namespaces can rehearse."""


@dataclass(frozen=True)
class Layout:
    """A whole lab: its hosts in name order and the cables between them."""

    name: str
    slot: int
    estate: str
    hosts: tuple[Host, ...]
    cables: tuple[Cable, ...]
    omissions: tuple[Omission, ...] = ()
    image: str = ""
    repository: str = ""
    mirror: str = ""
    is_bare: bool = False
    is_plain: bool = False

    @cached_property
    def by_name(self) -> dict[str, Host]:
        """The hosts by their names."""
        return {host.name: host for host in self.hosts}

    @property
    def network(self) -> IPv4Network:
        """The management network."""
        return management_network(self.slot)

    @property
    def operator(self) -> str:
        """The namespace of the management network, from which every declared address is reached."""
        return f"yw{self.slot}"

    def namespace(self, host: str) -> str:
        """The network namespace of a host."""
        return f"yw{self.slot}-{host}"

    def cables_of(self, host: str) -> tuple[Cable, ...]:
        """The cables plugged into a host."""
        return tuple(cable for cable in self.cables if cable.end_at(host))
