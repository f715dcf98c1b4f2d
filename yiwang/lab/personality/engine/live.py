"""What the device observes of itself: the kernel's interfaces, FRR's neighbours, lldpd's neighbours."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.meaning import Interface
from yiwang.lab.personality.engine.platform import Platform

NET = Path("/sys/class/net")
PROC = Path("/proc")
# The lab's own way to the device, of which a vendor's device would know nothing.
MANAGEMENT = "mgmt0"
COUNTERS = ("rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors", "tx_dropped")
Row = dict[str, Any]


def kernel_name(device: Device, platform: Platform, interface: str) -> str:
    """The kernel's interface behind a configured one; every loopback is ``lo``, a fake's port has none."""
    return "lo" if platform.is_loopback(interface) else device.kernel(interface)


def is_null(interface: str) -> bool:
    """Whether an interface is the one that swallows everything."""
    return interface.upper().startswith("NULL")


def is_up(kernel: str) -> bool:
    """Whether an interface of the kernel carries traffic."""
    return _word(NET / kernel / "operstate") in ("up", "unknown")


def hardware_address(device: Device, name: str, kernel: str) -> list[str]:
    """The six parts of a MAC address: the kernel's, else one made from the names."""
    real = _word(NET / kernel / "address") if kernel not in ("", "lo") else ""
    made = b"\x02" + hashlib.sha256(f"{device.name} {name}".encode()).digest()[:5]
    return real.split(":") if real else [f"{byte:02x}" for byte in made]


def counters(kernel: str) -> dict[str, int]:
    """The kernel's counters of an interface, 0 where it has none."""
    return {name: _number(NET / kernel / "statistics" / name) if kernel else 0 for name in COUNTERS}


def state_of(interface: Interface, kernel: str, has_ports: bool) -> str:
    """up, down, or disabled by configuration; a fake's ports are up as soon as they are not disabled."""
    if interface.is_shutdown:
        return "disabled"
    if is_null(interface.name):
        return "up"
    if kernel:
        return "up" if kernel == "lo" or is_up(kernel) else "down"
    return "down" if has_ports else "up"


SPEEDS_MBPS = {
    "hundredgig": 100_000,
    "100ge": 100_000,
    "cgei": 100_000,
    "forty": 40_000,
    "40ge": 40_000,
    "twenty-five": 25_000,
    "25ge": 25_000,
    "ten": 10_000,
    "xgig": 10_000,
    "10ge": 10_000,
    "xgei": 10_000,
    "fast": 100,
    "fei": 100,
    "serial": 2,
}
"""How a fast or slow interface's name begins → its speed in Mbit/s."""


def speed_mbps(name: str) -> int:
    """The speed that an interface's type stands for, in Mbit/s; 1000 for what says nothing."""
    return next((speed for start, speed in SPEEDS_MBPS.items() if name.lower().startswith(start)), 1000)


def _word(file: Path) -> str:
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _number(file: Path) -> int:
    text = _word(file)
    return int(text) if text.isdecimal() else 0


def seconds_up() -> int:
    """How long this device has run: since its first process began, for /proc/uptime is the machine's."""
    try:
        begun = int(PROC.joinpath("1/stat").read_text("ascii").rpartition(")")[2].split()[19])
        up = float(PROC.joinpath("uptime").read_text("ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return max(int(up - begun / os.sysconf("SC_CLK_TCK")), 0)


def memory() -> dict[str, int]:
    """Total and used memory in bytes, and the percentage."""
    found = {}
    for line in PROC.joinpath("meminfo").read_text("ascii").splitlines():
        key, _, value = line.partition(":")
        found[key] = int(value.split()[0]) * 1024
    used = found["MemTotal"] - found.get("MemAvailable", found["MemFree"])
    return {
        "memory_total": found["MemTotal"],
        "memory_used": used,
        "memory_percent": used * 100 // found["MemTotal"],
    }


def asked(device: Device, what: str) -> Any:
    """What FRR or lldpd says, through the program that may ask them; None where there is none."""
    if not device.apply:
        return None
    try:
        done = subprocess.run([*device.apply, "show", what], capture_output=True, timeout=10, check=False)
        return json.loads(done.stdout) if done.stdout.strip() else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def clock_of(milliseconds: int) -> str:
    """A duration as ``00:01:02``."""
    seconds = max(milliseconds, 0) // 1000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def ospf_rows(device: Device, declared: Mapping[str, str]) -> list[Row]:
    """One row for each OSPF neighbour; ``declared`` are kernel → declared interface names."""
    rows = []
    for router_id, neighbours in (asked(device, "ospf") or {}).get("neighbors", {}).items():
        for each in neighbours:
            kernel = str(each.get("ifaceName", "")).partition(":")[0]
            rows.append(
                {
                    "neighbour": router_id,
                    "address": each.get("ifaceAddress", ""),
                    "interface": declared.get(kernel, kernel),
                    "area": str(each.get("areaId", "0.0.0.0")).partition(" ")[0],  # noqa: S104 - an area
                    "state": str(each.get("nbrState", each.get("state", ""))).partition("/")[0],
                    "role": str(each.get("nbrState", "")).partition("/")[2] or "-",
                    "priority": each.get("nbrPriority", 1),
                    "dead": each.get("routerDeadIntervalTimerDueMsec", 0) // 1000,
                    "dead_clock": clock_of(each.get("routerDeadIntervalTimerDueMsec", 0)),
                    "up_for": clock_of(each.get("lastPrgrsvChangeMsec", 0)),
                }
            )
    return rows


def bgp_rows(device: Device) -> list[Row]:
    """One row for each BGP peer."""
    peers = ((asked(device, "bgp") or {}).get("ipv4Unicast") or {}).get("peers", {})
    return [
        {
            "peer": address,
            "as_number": each.get("remoteAs", 0),
            "received": each.get("msgRcvd", 0),
            "sent": each.get("msgSent", 0),
            "queue": each.get("outq", 0),
            "up_for": each.get("peerUptime", "never"),
            "state": each.get("state", ""),
            "prefixes": each.get("pfxRcd", 0),
        }
        for address, each in peers.items()
    ]


def route_rows(device: Device, declared: Mapping[str, str]) -> list[Row]:
    """One row for each way of each route that is in use."""
    rows = []
    for prefix, routes in (asked(device, "routes") or {}).items():
        for route in routes:
            for hop in route.get("nexthops", ()) if route.get("selected") else ():
                kernel = hop.get("interfaceName", "")
                if kernel == MANAGEMENT:
                    continue
                rows.append(
                    {
                        "prefix": prefix,
                        "protocol": route["protocol"],
                        "distance": route.get("distance", 0),
                        "metric": route.get("metric", 0),
                        "hop": hop.get("ip", "0.0.0.0"),  # noqa: S104 - no next hop
                        "interface": "NULL0" if hop.get("blackhole") else declared.get(kernel, kernel),
                        "up_for": route.get("uptime", "00:00:00"),
                    }
                )
    return rows


def _port_description(port: Mapping[str, Any]) -> str:
    # Devices of the lab name a port by its declared name; its description is the kernel's.
    identity = port.get("id", {})
    return str(identity["value"] if identity.get("type") == "local" else port.get("descr", ""))


def lldp_rows(device: Device, declared: Mapping[str, str]) -> list[Row]:
    """One row for each LLDP neighbour."""
    rows = []
    found = ((asked(device, "lldp") or {}).get("lldp") or {}).get("interface", [])
    for entry in found if isinstance(found, list) else [found]:
        for kernel, each in entry.items():
            for system, chassis in (each.get("chassis") or {}).items():
                port = each.get("port", {})
                management = chassis.get("mgmt-ip", "")
                rows.append(
                    {
                        "interface": declared.get(kernel, kernel),
                        "system": system,
                        "description": chassis.get("descr", ""),
                        "chassis_parts": str(chassis.get("id", {}).get("value", "")).split(":"),
                        "management": management[0] if isinstance(management, list) else management,
                        "port": port.get("id", {}).get("value", ""),
                        "port_description": _port_description(port),
                        "ttl": port.get("ttl", ""),
                    }
                )
    return rows
