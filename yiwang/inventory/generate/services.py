"""What stands in a machine room of a city, or of whichever level an estate begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.inventory.loading.layers import merge
from yiwang.inventory.territory import Territory


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of node: its name's beginning, what people call it, its zone and what differs from the defaults."""

    name: str
    title: str
    role: str
    zone: str
    count: int = 1
    own: Mapping[str, Any] = field(default_factory=dict)
    is_platform: bool = False
    """Whether the province brings it where the estate uses the province's platform."""


# An empty value takes a default away: a time source has no other source here, a bastion no bastion.
SERVICES = (
    Service("bastion", "堡垒机", "bastion", "extranet", own={"connection": {"via": None}}),
    Service("dns", "域名与时间服务器", "dns-time", "extranet", 2, own={"ntp": None}),
    Service("log", "日志服务器", "log-server", "extranet", own={"log": None}),
    Service("mirror", "软件镜像服务器", "mirror", "extranet", own={"mirror": None}),
    Service("monitor", "监控服务器", "monitor", "extranet"),
    Service("exchange", "交换前置机", "exchange", "extranet"),
    Service("database", "数据库服务器", "database", "dedicated"),
    Service("bigdata", "大数据服务器", "bigdata", "dedicated", is_platform=True),
    Service("backup", "备份服务器", "backup", "dedicated"),
    Service("web", "门户网站服务器", "web", "public", is_platform=True),
)
FOLDERS = {"province": "provinces", "city": "cities", "county": "counties"}


def services_of(platform_mode: str) -> tuple[Service, ...]:
    """The services that an estate runs itself."""
    return tuple(each for each in SERVICES if platform_mode == "own" or not each.is_platform)


def room_defaults(place: Territory) -> dict[str, Any]:
    """Values for all that is served from the machine room of a territory."""
    code = place.code
    targets = {"ntp": [f"dns-{code}-1", f"dns-{code}-2"], "log": [f"log-{code}-1"]}
    node = {"dns": targets["ntp"], "mirror": f"mirror-{code}-1", "connection": {"via": f"bastion-{code}-1"}}
    return {
        "node": {**targets, **merge(node, secrets(place)["node"])},
        "device": {**targets, **merge({"credentials": {"via": f"bastion-{code}-1"}}, secrets(place)["device"])},
    }


def secrets(place: Territory) -> dict[str, Any]:
    """References to the secrets of a province, city or county, whose keys open no other's."""
    folder = f"vault:{FOLDERS[place.level]}/{place.code}"
    office = f"office-{place.code}"
    return {
        "node": {"organisation": office, "connection": {"private_key": f"{folder}/nodes/private-key"}},
        "device": {
            "organisation": office,
            "credentials": {"password": f"{folder}/devices/password"},
            "snmp": {
                "version": "3",
                "user": "yiwang",
                "auth": f"{folder}/snmp/auth",
                "privacy": f"{folder}/snmp/privacy",
            },
        },
    }
