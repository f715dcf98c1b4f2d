"""NetBox's bulk import, row by row, as its forms (NetBox 4) define it.

NetBox itself needs PostgreSQL and Redis and is not run here.  This reader is as strict as its
import forms: unknown columns are refused, required ones must be filled, choices are checked,
and every reference must lead to exactly one row that was imported before.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_interface, ip_network
from pathlib import Path

import pytest

from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import Selector

Row = dict[str, str]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def is_network(text: str) -> bool:
    return bool(ip_network(text))


def is_interface(text: str) -> bool:
    return "/" in text and bool(ip_interface(text))


SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}").fullmatch
FLAG = words("true false").__contains__
PORT_TYPES = words("virtual bridge lag 1000base-t 10gbase-x-sfpp 100gbase-x-qsfp28 other")


@dataclass(frozen=True)
class Form:
    """One import form: its columns, those that must be filled, and what the values must be."""

    columns: frozenset[str]
    required: frozenset[str]
    unique: tuple[tuple[str, ...], ...]
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    values: dict[str, Callable[[str], object]] = field(default_factory=dict)


FORMS = {
    "regions": Form(
        words("name slug parent description tags"),
        words("name slug"),
        (("slug",), ("name",)),
        {"parent": ("regions", "name")},
        {"slug": SLUG},
    ),
    "tenants": Form(
        words("name slug group description comments tags"), words("name slug"), (("name",),), {}, {"slug": SLUG}
    ),
    "sites": Form(
        words(
            "name slug status region group tenant facility time_zone description physical_address shipping_address "
            "latitude longitude comments tags"
        ),
        words("name slug status"),
        (("name",), ("slug",)),
        {"region": ("regions", "name")},
        {"slug": SLUG, "status": words("planned staging active decommissioning retired").__contains__},
    ),
    "manufacturers": Form(
        words("name slug description tags"), words("name slug"), (("name",), ("slug",)), {}, {"slug": SLUG}
    ),
    "device-types": Form(
        words(
            "manufacturer default_platform model slug part_number u_height exclude_from_utilization is_full_depth "
            "subdevice_role airflow description weight weight_unit comments tags"
        ),
        words("manufacturer model slug"),
        (("manufacturer", "model"), ("manufacturer", "slug")),
        {"manufacturer": ("manufacturers", "name")},
        {"slug": SLUG},
    ),
    "device-roles": Form(
        words("name slug color vm_role config_template description tags"),
        words("name slug color"),
        (("name",), ("slug",)),
        {},
        {"slug": SLUG, "color": re.compile(r"[0-9a-f]{6}").fullmatch, "vm_role": FLAG},
    ),
    "platforms": Form(
        words("name slug manufacturer config_template description tags"),
        words("name slug"),
        (("name",), ("slug",)),
        {"manufacturer": ("manufacturers", "name")},
        {"slug": SLUG},
    ),
    "devices": Form(
        words(
            "name role tenant manufacturer device_type platform serial asset_tag status site location rack position "
            "face latitude longitude parent device_bay airflow virtual_chassis vc_position vc_priority cluster "
            "description config_template comments tags"
        ),
        words("name role manufacturer device_type status site"),
        (("name", "site"),),
        {
            "role": ("device-roles", "name"),
            "tenant": ("tenants", "name"),
            "manufacturer": ("manufacturers", "name"),
            "device_type": ("device-types", "model"),
            "platform": ("platforms", "name"),
            "site": ("sites", "name"),
        },
        {
            "status": words("offline active planned staged failed inventory decommissioning").__contains__,
            "name": lambda text: len(text) <= 64,
            "serial": lambda text: len(text) <= 50,
        },
    ),
    "vrfs": Form(
        words("name rd tenant enforce_unique description import_targets export_targets comments tags"),
        words("name"),
        (("name",),),
        {},
        {"rd": lambda text: len(text) <= 21},
    ),
    "interfaces": Form(
        words(
            "device name label parent bridge lag type speed duplex enabled mark_connected wwn vdcs mtu mgmt_only "
            "description poe_mode poe_type mode vrf rf_role rf_channel rf_channel_frequency rf_channel_width tx_power "
            "tags"
        ),
        words("device name type"),
        (("device", "name"),),
        {"device": ("devices", "name"), "vrf": ("vrfs", "rd")},
        {"type": PORT_TYPES.__contains__, "enabled": FLAG, "speed": str.isdecimal, "mtu": str.isdecimal},
    ),
    "prefixes": Form(
        words(
            "prefix vrf tenant vlan_group vlan_site vlan status role scope_type scope_id is_pool mark_utilized "
            "description comments tags"
        ),
        words("prefix status"),
        (("prefix",),),
        {"vrf": ("vrfs", "name")},
        {
            "prefix": is_network,
            "status": words("container active reserved deprecated").__contains__,
            "is_pool": FLAG,
        },
    ),
    "ip-addresses": Form(
        words(
            "address vrf tenant status role device virtual_machine interface fhrp_group is_primary is_oob dns_name "
            "description comments tags"
        ),
        words("address status"),
        (("address", "vrf"),),
        {"vrf": ("vrfs", "name"), "device": ("devices", "name")},
        {
            "address": is_interface,
            "status": words("active reserved deprecated dhcp slaac").__contains__,
            "is_primary": FLAG,
        },
    ),
    "cables": Form(
        words(
            "side_a_device side_a_type side_a_name side_b_device side_b_type side_b_name type status tenant label "
            "color length length_unit description comments tags"
        ),
        words("side_a_device side_a_type side_a_name side_b_device side_b_type side_b_name"),
        (("side_a_device", "side_a_name"), ("side_b_device", "side_b_name")),
        {"side_a_device": ("devices", "name"), "side_b_device": ("devices", "name")},
        {"status": words("connected planned decommissioning").__contains__},
    ),
}


def read(files: dict[Path, bytes]) -> dict[str, list[Row]]:
    """Import the files in the order of their numbers, as strictly as NetBox."""
    imported: dict[str, list[Row]] = {name: [] for name in FORMS}
    for file, content in sorted(files.items()):
        name = file.stem.partition("-")[2]
        reader = csv.DictReader(io.StringIO(content.decode()))
        assert set(reader.fieldnames or ()) <= FORMS[name].columns, file
        for row in reader:
            take(FORMS[name], name, row, imported)
    return imported


def take(form: Form, name: str, row: Row, imported: dict[str, list[Row]]) -> None:
    for column in form.required:
        assert row.get(column), (name, column, row)
    for column, value in row.items():
        if value and column in form.references:
            table, key = form.references[column]
            found = [each for each in imported[table] if each[key] == value]
            if column == "device_type":
                found = [each for each in found if each["manufacturer"] == row["manufacturer"]]
            assert len(found) == 1, (name, column, value)
        if value and column in form.values:
            assert form.values[column](value), (name, column, value)
    for keys in form.unique:
        same = [each for each in imported[name] if all(each[key] == row[key] for key in keys)]
        assert not same, (name, keys, row)
    imported[name].append(row)


@pytest.fixture
def imported(small: Estate) -> dict[str, list[Row]]:
    return read(dict(export_files(FORMATS["netbox"], small, Selector(), Path("netbox"))))


def test_every_file_imports_in_order(imported: dict[str, list[Row]], small: Estate) -> None:
    assert {row["name"] for row in imported["devices"]} == {*small.nodes, *small.devices}
    assert {row["slug"] for row in imported["regions"]} == set(small.regions)
    assert len(imported["cables"]) == len(small.links)


def test_addresses_and_cables_end_at_interfaces_that_were_imported(imported: dict[str, list[Row]]) -> None:
    ports = {(row["device"], row["name"]) for row in imported["interfaces"]}

    assert {(row["device"], row["interface"]) for row in imported["ip-addresses"]} <= ports
    for side in ("a", "b"):
        assert {(row[f"side_{side}_device"], row[f"side_{side}_name"]) for row in imported["cables"]} <= ports


def test_each_device_has_its_management_address_as_primary(imported: dict[str, list[Row]], small: Estate) -> None:
    primary = {
        row["device"]: row["address"].partition("/")[0]
        for row in imported["ip-addresses"]
        if row["is_primary"] == "true"
    }

    assert primary == {name: small.address_of(each) for name, each in {**small.nodes, **small.devices}.items()}


def test_regions_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").write_text(
        "estate: {name: e, title: 测试, region: 410600}\n"
        "regions:\n"
        "  '410600': {title: 鹤壁市, level: city}\n"
        "  '410621': {title: 浚县, level: county, parent: 410600}\n"
        "  '410622': {title: 淇县, level: county, parent: 410600}\n"
        "  '410621100': {title: 城关镇, level: township, parent: 410621}\n"
        "  '410622100': {title: 城关镇, level: township, parent: 410622}\n"
        "devices:\n"
        "  a: {region: 410621100, platform: huawei_vrp, role: access}\n"
        "  b: {region: 410622100, platform: huawei_vrp, role: access}\n"
    )

    imported = read(dict(export_files(FORMATS["netbox"], load(tmp_path).require(), Selector(), tmp_path)))

    assert {row["name"] for row in imported["regions"]} >= {"城关镇 (410621100)", "城关镇 (410622100)"}
    assert len(imported["sites"]) == 2


def test_a_whole_generated_city_imports(hebi: Estate) -> None:
    imported = read(dict(export_files(FORMATS["netbox"], hebi, Selector(), Path("netbox"))))

    assert len(imported["devices"]) == len(hebi.nodes) + len(hebi.devices)
    assert len(imported["cables"]) == len(hebi.links)
    assert len({row["device"] for row in imported["ip-addresses"] if row["is_primary"] == "true"}) == len(
        imported["devices"]
    )
