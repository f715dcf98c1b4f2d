"""What the kernel of this machine offers, found by trying it where nothing can be harmed.

Each probe runs in network and mount namespaces without a name: they are gone with the probe's last
process, however it ends.  A kernel that loads modules on demand may load the one that is asked for.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_, Message
from yiwang.lab.readiness import require_root

NO_FEATURE = code(
    "E6150", N_('the kernel is not asked about "{name}"{suggestion}'), N_("`yiwang lab limits` shows what it is asked")
)
PATIENCE_SECONDS = 20
MISSING_PROGRAM = 127
"""What a shell's exit code is when it does not find the program."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something of the kernel: the shell lines that try it, what a lab needs it for, what stands in for it.

    Without a substitute, a lab that needs the feature cannot be made, or leaves that part out and says so.
    """

    name: str
    probe: str
    needed_for: Message
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A feature, and whether this kernel has it; None where the program is missing that would ask it."""

    feature: Feature
    is_here: bool | None


_LINK = "ip link add x0 type"
_PAIR = f"{_LINK} veth peer name x1"
_ISOLATION = (
    f"{_PAIR} && ip link add x2 type bridge && ip link set x0 master x2 && ip link set x0 type bridge_slave isolated on"
)
_OVERLAY = (
    "mount -t tmpfs t /mnt && mkdir /mnt/l /mnt/u /mnt/w /mnt/m"
    " && mount -t overlay o -o lowerdir=/mnt/l,upperdir=/mnt/u,workdir=/mnt/w /mnt/m"
)
_ESP = (
    "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 256 mode tunnel"
    " aead 'rfc4106(gcm(aes))' 0x0102030405060708091011121314151617181920 128"
)

FEATURES = (
    Feature("veth", _PAIR, N_("cables and the management network")),
    Feature(
        "bridge-isolation",
        _ISOLATION,
        N_("hosts that meet over their cables only, never over the management network"),
    ),
    Feature("overlay", _OVERLAY, N_("hosts that share one image")),
    Feature("cgroup2", "mount -t cgroup2 c /mnt", N_("hosts with systemd, and their end with all their processes")),
    Feature("nftables", "nft add table inet x", N_("firewalls of nodes, access lists of devices")),
    Feature("dummy", f"{_LINK} dummy", N_("loopback ports of devices"), N_("a cable that hangs at its far end")),
    Feature(
        "vlan", f"{_PAIR} && ip link add x2 link x0 type vlan id 7", N_("tagged ports"), N_("a cable for each link")
    ),
    Feature(
        "bridge-vlan",
        f"{_LINK} bridge vlan_filtering 1",
        N_("VLANs of switches"),
        N_("they are shown, but keep nothing apart"),
    ),
    Feature("vrf", f"{_LINK} vrf table 7", N_("routing instances"), N_("their ports route in the main table")),
    Feature(
        "mpls",
        "modprobe -q mpls_router; test -e /proc/sys/net/mpls/platform_labels",
        N_("label switching in the backbone"),
        N_("plain routing"),
    ),
    Feature("bond", f"{_LINK} bond", N_("aggregated ports"), N_("each port for itself")),
    Feature("gre", f"{_LINK} gre local 192.0.2.1 remote 192.0.2.2", N_("GRE tunnels")),
    Feature("vxlan", f"{_LINK} vxlan id 7 dstport 4789", N_("VXLAN overlays")),
    Feature("macvlan", f"{_PAIR} && ip link add x2 link x0 type macvlan", N_("several addresses of one port")),
    Feature("wireguard", f"{_LINK} wireguard", N_("WireGuard tunnels")),
    Feature("esp", _ESP, N_("IPsec tunnels")),
    Feature("tbf", "tc qdisc add dev lo root tbf rate 1mbit burst 10k latency 50ms", N_("the fault `bandwidth`")),
    Feature(
        "cls-bpf",
        "tc qdisc add dev lo clsact && tc filter add dev lo egress bpf da bytecode '1,6 0 0 0'",
        N_("the fault `loss`"),
    ),
    Feature(
        "netem",
        "tc qdisc add dev lo root netem delay 1ms",
        N_("the fault `delay`"),
        N_("a process for each delayed cable, which holds every frame"),
    ),
    Feature("tap", "ip tuntap add x0 mode tap", N_("the fault `delay` where netem is missing")),
    Feature(
        "nft-egress",
        'nft "table netdev x { flags owner; chain y { type filter hook egress device lo priority 0; fwd to lo; }; }"',
        N_("the fault `delay` where netem is missing"),
    ),
    Feature(
        "time-namespace",
        "unshare --time true",
        N_("a host whose uptime is its own"),
        N_("it shows this machine's uptime"),
    ),
)


def has(name: str) -> bool:
    """Whether the kernel is known to have a feature.

    Raises:
        NotFoundError: there is no probe of that name (E6150).
        LabError: the caller is not root.
    """
    known = {feature.name: feature for feature in FEATURES}
    if name not in known:
        raise NotFoundError(NO_FEATURE, name=name, suggestion=suggestion(name, known))
    return _tried(known[name].probe) is True


def offers() -> tuple[Offer, ...]:
    """Every feature that a lab could use, and whether it is here.

    Raises:
        LabError: the caller is not root.
    """
    return tuple(Offer(feature, _tried(feature.probe)) for feature in FEATURES)


@cache
def _tried(probe: str) -> bool | None:
    """Whether a probe succeeds; it is tried once in the life of the process."""
    require_root()
    command = ["unshare", "--net", "--mount", "--propagation=private", "sh", "-c", probe]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode == MISSING_PROGRAM else done.returncode == 0
