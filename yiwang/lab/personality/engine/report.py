"""The output of show commands: the platform's templates over what is configured and observed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from yiwang.lab.personality.engine import live, meaning
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.live import Row
from yiwang.lab.personality.engine.platform import Platform
from yiwang.lab.personality.engine.tree import Tree

MAC = "{0}{1}.{2}{3}.{4}{5}"


class Report:
    """One moment of a device, to fill templates from."""

    def __init__(self, device: Device, platform: Platform, tree: Tree) -> None:
        self._device = device
        self._platform = platform
        facts = list(meaning.facts(tree, platform))
        self._facts = facts
        self._interfaces = meaning.interfaces(iter(facts))
        self.hostname = meaning.hostname(tree, platform, device.name)

    def text(self, template: str, **values: Any) -> str:
        """A template with what the device knows of itself."""
        return template.format_map(self._own() | values)

    def table(self, data: Mapping[str, Any], only: str = "") -> str:
        """A command's table; ``only`` this interface of it."""
        rows = self._rows(data)
        summary = self._summary(data["rows"], rows)
        shown = [row for row in rows if not only or meaning.plain(str(row.get("interface"))) == meaning.plain(only)]
        body = "".join(data["row"].format_map(row) for row in shown)
        return self.text(data.get("head", ""), **summary) + body + self.text(data.get("foot", ""), **summary)

    def _own(self) -> dict[str, Any]:
        up = live.seconds_up()
        return {
            "hostname": self.hostname,
            "model": self._device.model or self._platform.data["model"],
            "serial": self._device.serial,
            "location": self._device.location,
            "account": self._device.account,
            "peer": os.environ.get("SSH_CLIENT", "").partition(" ")[0],
            "now": datetime.now().astimezone(),
            "weeks": up // 604800,
            "days": up // 86400,
            "weekdays": up // 86400 % 7,
            "hours": up // 3600 % 24,
            "minutes": up // 60 % 60,
            "load": min(int(os.getloadavg()[0] * 10), 100),
            "saved_bytes": _size(self._device.startup),
            "running_bytes": _size(self._device.running),
            "interface_count": len(self._interfaces),
            **live.memory(),
        }

    def _rows(self, data: Mapping[str, Any]) -> list[Row]:
        declared = {kernel: name for name, kernel in self._device.ports.items()}
        declared["lo"] = self._platform.data["management_interface"]
        kind = data["rows"]
        if kind == "interfaces":
            return [self._interface_row(each, data) for each in self._interfaces.values()]
        if kind == "ospf":
            rows = live.ospf_rows(self._device, declared)
            return [row | {"interface_address": self._address(row["interface"])} for row in rows]
        if kind == "bgp":
            return live.bgp_rows(self._device)
        if kind == "lldp":
            rows = live.lldp_rows(self._device, declared)
            return [row | {"chassis": _mac(row["chassis_parts"], data)} for row in rows]
        rows = live.route_rows(self._device, declared)
        return [self._route_row(row, data) for row in rows]

    def _address(self, interface: str) -> str:
        known = self._interfaces.get(interface)
        return known.addresses[0].text if known and known.addresses else ""

    def _route_row(self, row: Row, data: Mapping[str, Any]) -> Row:
        protocols = data.get("protocols", {})
        return row | {"protocol": protocols.get(row["protocol"], row["protocol"]), "flags": "D"}

    def _interface_row(self, interface: meaning.Interface, data: Mapping[str, Any]) -> Row:
        kernel = live.kernel_name(self._device, self._platform, interface.name)
        state = live.state_of(interface, kernel, bool(self._device.ports))
        is_spoofed = kernel == "lo" or live.is_null(interface.name)
        needs_address = self._platform.data.get("protocol_needs_address", True)
        protocol = "spoofed" if is_spoofed else state
        if state == "up" and not is_spoofed and needs_address and not interface.addresses:
            protocol = "down"
        states = data.get("states", {})
        main = interface.addresses[0] if interface.addresses else None
        nothing = data.get("unassigned", "unassigned")
        counted = live.counters(kernel)
        return {
            "interface": interface.name,
            "name": interface.name,
            "short": self._short(interface.name),
            "description": interface.description,
            "mtu": interface.mtu,
            "address": main.text if main else nothing,
            "mask": main.mask if main else nothing,
            "prefix": str(main) if main else nothing,
            "state": state,
            "link": "up" if state == "up" else "down",
            "physical": states.get("physical", {}).get(state, state),
            "protocol": states.get("protocol", {}).get(protocol, protocol),
            "mac": _mac(live.hardware_address(self._device, interface.name, kernel), data),
            "zero": "0%",
            "in_errors": counted["rx_errors"],
            "out_errors": counted["tx_errors"],
            "in_bytes": counted["rx_bytes"],
            "out_bytes": counted["tx_bytes"],
            "in_packets": counted["rx_packets"],
            "out_packets": counted["tx_packets"],
        }

    def _short(self, name: str) -> str:
        for full, short in self._platform.data.get("short_interfaces", {}).items():
            if name.startswith(full):
                return f"{short}{name.removeprefix(full).strip()}"
        return name

    def _summary(self, kind: str, rows: list[Row]) -> Row:
        router = next((fact["router_id"] for fact in self._facts if fact["router_id"]), "")
        loopbacks = (each.addresses for each in self._interfaces.values() if self._platform.is_loopback(each.name))
        fallback = next((str(addresses[0].text) for addresses in loopbacks if addresses), "0.0.0.0")  # noqa: S104
        summary: Row = {
            "count": len(rows),
            "router_id": router or fallback,
            "process": next((fact["process"] for fact in self._facts if fact.means == "ospf"), "1"),
            "as_number": next((fact["as_number"] for fact in self._facts if fact.means == "bgp"), "0"),
        }
        if kind == "interfaces":
            summary["up"] = sum(row["state"] == "up" for row in rows)
            summary["down"] = len(rows) - int(summary["up"])
        summary["established"] = sum(row.get("state") == "Established" for row in rows)
        return summary


def _mac(parts: list[str], data: Mapping[str, Any]) -> str:
    return data.get("mac", MAC).format(*parts) if len(parts) == 6 else ":".join(parts)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
