"""CSV files for NetBox's bulk import, numbered in the order in which NetBox wants them.

Columns are those of NetBox 4's import forms.  Regions, sites and device types are named
uniquely, because NetBox finds them by their name.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device, Node
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector

Row = Mapping[str, Any]

# Platform → maker, in NetBox's usual spelling.
MAKERS = {
    "huawei_vrp": "Huawei",
    "hp_comware": "H3C",
    "ruijie_os": "Ruijie",
    "zte_zxros": "ZTE",
    "cisco_ios": "Cisco",
    "cisco_xe": "Cisco",
}
OTHER_MAKER = "Generic"
# A port's name → NetBox's interface type; the first that fits.
PORT_TYPES = (
    (re.compile(r"(?i)^(loop|lo\d|vlan|null|tunnel|management$)"), "virtual"),
    (re.compile(r"(?i)^(eth-trunk|bridge-agg|route-agg|port-channel|aggregateport|smartgroup|bond)"), "lag"),
    (re.compile(r"(?i)^(100ge|hundredgig)"), "100gbase-x-qsfp28"),
    (re.compile(r"(?i)^(xge|xgigabit|ten-?gig|10ge)"), "10gbase-x-sfpp"),
    (re.compile(r"(?i)^(ge|gi|gigabit|eth)"), "1000base-t"),
)


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """The CSV files by name."""
    tables = _Tables(estate, tuple(reaches(estate, selector)))
    made: dict[str, Iterable[Row]] = {
        "regions": tables.regions(),
        "tenants": tables.tenants(),
        "sites": tables.sites(),
        "manufacturers": tables.manufacturers(),
        "device-types": tables.device_types(),
        "device-roles": tables.device_roles(),
        "platforms": tables.platforms(),
        "devices": tables.devices(),
        "vrfs": tables.vrfs(),
        "interfaces": tables.interfaces(),
        "prefixes": tables.prefixes(),
        "ip-addresses": tables.ip_addresses(),
        "cables": tables.cables(),
    }
    listed = {f"{number:02}-{name}.csv": list(rows) for number, (name, rows) in enumerate(made.items(), 1)}
    return {name: _csv(rows) for name, rows in listed.items() if rows}


def _csv(rows: Sequence[Row]) -> bytes:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x" + text.encode().hex()[:40]


def _unique(titles: Mapping[str, str]) -> dict[str, str]:
    """Each key's title; where several have the same, the key is added."""
    often = Counter(titles.values())
    return {key: title if often[title] == 1 else f"{title} ({key})" for key, title in titles.items()}


def _port_type(name: str) -> str:
    return next((kind for pattern, kind in PORT_TYPES if pattern.search(name)), "other")


class _Tables:
    """The rows of every file, from the selected targets."""

    def __init__(self, estate: Estate, wanted: tuple[Reach, ...]) -> None:
        self.estate = estate
        self.wanted = wanted
        self.names = {reach.name for reach in wanted}
        self.region_names = _unique({code: region.title for code, region in estate.regions.items()})
        places = {name: site.title for name, site in estate.sites.items()}
        places |= {reach.target.region: f"{self._region(reach)}机房" for reach in wanted if not reach.target.site}
        self.site_names = _unique(places)
        self.tenant_names = _unique({name: each.title for name, each in estate.organisations.items()})
        self.linked: dict[str, list[str]] = {}
        for link in estate.links.values():
            for end in link.ends:
                self.linked.setdefault(end.owner, []).append(end.interface)
        self.ports = {reach.name: self._ports(reach) for reach in wanted}

    def _region(self, reach: Reach) -> str:
        return self.region_names.get(reach.target.region, reach.target.region)

    def _maker(self, reach: Reach) -> str:
        return MAKERS.get(self._platform(reach), OTHER_MAKER)

    def _platform(self, reach: Reach) -> str:
        return reach.target.platform if isinstance(reach.target, Device) else "linux"

    def _model(self, reach: Reach) -> str:
        return reach.target.asset.model or f"{self._platform(reach)} {reach.kind.removesuffix('s')}"

    def _ports(self, reach: Reach) -> dict[str, dict[str, Any]]:
        """Every port of a target by name: declared ones, those that only a link or an address names."""
        target = reach.target
        if isinstance(target, Node):
            ports: dict[str, dict[str, Any]] = {zone: {"address": each} for zone, each in target.addresses.items()}
        else:
            ports = {name: dict(port) for name, port in target.interfaces.items()}
            known = {str(port["address"].ip) for port in ports.values() if port["address"]}
            if target.management and str(target.management) not in known:
                ports["management"] = {"address": f"{target.management}/32"}
        for interface in self.linked.get(reach.name, ()):
            ports.setdefault(interface, {})
        return ports

    def regions(self) -> Iterator[Row]:
        for code in sorted(self.estate.regions, key=lambda each: (len(self.estate.region_chain(each)), each)):
            parent = self.estate.regions[code].parent or ""
            name = self.region_names[code]
            yield {"name": name, "slug": code, "parent": self.region_names.get(parent, ""), "description": code}

    def tenants(self) -> Iterator[Row]:
        for name, title in self.tenant_names.items():
            yield {"name": title, "slug": name}

    def sites(self) -> Iterator[Row]:
        for key, title in self.site_names.items():
            site = self.estate.sites.get(key)
            yield {
                "name": title,
                "slug": key if site else f"region-{key}",
                "status": "active",
                "region": self.region_names.get(site.region if site else key, ""),
                "physical_address": site.address if site else "",
                "latitude": "" if site is None or site.latitude is None else site.latitude,
                "longitude": "" if site is None or site.longitude is None else site.longitude,
            }

    def manufacturers(self) -> Iterator[Row]:
        for name in sorted({self._maker(reach) for reach in self.wanted}):
            yield {"name": name, "slug": _slug(name)}

    def device_types(self) -> Iterator[Row]:
        for maker, model in sorted({(self._maker(reach), self._model(reach)) for reach in self.wanted}):
            yield {"manufacturer": maker, "model": model, "slug": _slug(f"{maker}-{model}"), "u_height": 1}

    def device_roles(self) -> Iterator[Row]:
        for role in sorted({reach.roles[0] for reach in self.wanted}):
            yield {"name": role, "slug": role, "color": "9e9e9e", "vm_role": "false"}

    def platforms(self) -> Iterator[Row]:
        for name in sorted({self._platform(reach) for reach in self.wanted}):
            yield {"name": name, "slug": _slug(name), "manufacturer": MAKERS.get(name, "")}

    def devices(self) -> Iterator[Row]:
        for reach in self.wanted:
            target = reach.target
            yield {
                "name": reach.name,
                "role": reach.roles[0],
                "tenant": self.tenant_names.get(target.organisation or "", ""),
                "manufacturer": self._maker(reach),
                "device_type": self._model(reach),
                "platform": self._platform(reach),
                "serial": target.asset.serial,
                "status": "active",
                "site": self.site_names.get(target.site or target.region, ""),
                "description": (target.title or "")[:200],
                "comments": ", ".join(reach.roles),
            }

    def vrfs(self) -> Iterator[Row]:
        found: dict[str, set[str]] = {}
        for reach in self.wanted:
            for name, vrf in getattr(reach.target, "vrfs", {}).items():
                found.setdefault(name, set()).update([vrf.rd] if vrf.rd else [])
        for name, distinguishers in sorted(found.items()):
            # NetBox keeps one VRF a name here; differing route distinguishers stay with the devices.
            yield {"name": name, "rd": distinguishers.pop() if len(distinguishers) == 1 else ""}

    def interfaces(self) -> Iterator[Row]:
        distinguishers = {row["name"]: row["rd"] for row in self.vrfs()}
        for owner, ports in self.ports.items():
            for name, port in ports.items():
                yield {
                    "device": owner,
                    "name": name,
                    "type": _port_type(name),
                    "speed": int(port["speed_mbps"] * 1000) if port.get("speed_mbps") else "",
                    "enabled": str(port.get("enabled", True)).lower(),
                    "mtu": port.get("mtu") or "",
                    "description": str(port.get("description", ""))[:200],
                    "vrf": distinguishers.get(str(port.get("vrf")), ""),
                }

    def prefixes(self) -> Iterator[Row]:
        told = {str(block): ("container", name) for name, block in self.estate.addressing.blocks.items()}
        for code, region in self.estate.regions.items():
            for name, pool in region.pools.items():
                # The estate's own region usually takes a whole block; NetBox wants each prefix once.
                told.setdefault(str(pool), ("active", f"{self.region_names[code]} {name}"))
        for prefix, (status, description) in told.items():
            is_pool = str(status == "active").lower()
            yield {"prefix": prefix, "status": status, "is_pool": is_pool, "description": description}

    def ip_addresses(self) -> Iterator[Row]:
        known = {row["name"] for row in self.vrfs()}
        for reach in self.wanted:
            is_open = True
            for name, port in self.ports[reach.name].items():
                if address := str(port.get("address") or ""):
                    is_primary = is_open and address.partition("/")[0] == reach.host
                    is_open = is_open and not is_primary
                    yield {
                        "address": address,
                        "vrf": port["vrf"] if port.get("vrf") in known else "",
                        "status": "active",
                        "device": reach.name,
                        "interface": name,
                        "is_primary": str(is_primary).lower(),
                    }

    def cables(self) -> Iterator[Row]:
        for name, link in self.estate.links.items():
            one, other = link.ends
            if {one.owner, other.owner} <= self.names:
                yield {
                    "side_a_device": one.owner,
                    "side_a_type": "dcim.interface",
                    "side_a_name": one.interface,
                    "side_b_device": other.owner,
                    "side_b_type": "dcim.interface",
                    "side_b_name": other.interface,
                    "status": "connected",
                    "label": name[:100],
                    "description": " ".join(part for part in (link.title, link.carrier, link.circuit) if part)[:200],
                }
