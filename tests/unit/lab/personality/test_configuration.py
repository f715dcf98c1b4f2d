"""A declared device has a configuration in its vendor's words, and it means what is declared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.configuration import configuration_of
from yiwang.lab.personality.engine.edit import Reading, read, read_undo, view_of
from yiwang.lab.personality.engine.translation import translate
from yiwang.lab.personality.engine.tree import parse, paths, written

ROOT = Path(__file__).resolve().parents[4]
ESTATE = """
estate: {{name: e, title: 测试, region: 410600}}
addressing: {{blocks: {{links: 10.0.0.0/16, management: 192.0.2.0/24}}}}
regions:
  '410600': {{title: 鹤壁市, level: city, as_number: 64512, pools: {{links: 10.0.0.0/16, management: 192.0.2.0/24}}}}
devices:
  core-1:
    title: 核心
    region: 410600
    platform: {platform}
    role: core
    management: 192.0.2.1
    interfaces:
      {first}: {{address: 10.0.0.0/31}}
      {second}: {{address: 10.0.1.1/24, description: servers, enabled: false, mtu: 1400}}
      {third}: {{address: 10.0.2.1/24, vrf: dedicated}}
    vrfs: {{dedicated: {{rd: "64512:1"}}}}
    routing:
      ospf: {{area: 1, passive: [{second}]}}
      bgp: [{{address: 10.0.0.1, as_number: 64513, description: province}}]
      static: [{{to: 203.0.113.0/24, via: 10.0.0.1}}]
    ntp: [192.0.2.100]
    log: [192.0.2.101]
    snmp: {{user: yiwang}}
  other:
    title: 省
    region: 410600
    platform: frr
    role: core
    interfaces: {{eth0: {{address: 10.0.0.1/31}}}}
links:
  up: {{ends: ["core-1:{first}", "other:eth0"]}}
"""
PORTS = {
    "huawei_vrp": [f"GigabitEthernet0/0/{number}" for number in range(3)],
    "hp_comware": [f"GigabitEthernet1/0/{number}" for number in range(3)],
    "cisco_ios": [f"GigabitEthernet0/{number}" for number in range(3)],
    "cisco_xe": [f"GigabitEthernet0/0/{number}" for number in range(3)],
    "ruijie_os": [f"GigabitEthernet 0/{number}" for number in range(3)],
    "zte_zxros": [f"gei-0/1/0/{number}" for number in range(3)],
}


def declared(name: str, folder: Path) -> Estate:
    first, second, third = PORTS[name]
    (folder / "estate.yaml").write_text(ESTATE.format(platform=name, first=first, second=second, third=third))
    return load(folder).require()


@pytest.mark.parametrize("name", platform_names())
def test_what_is_declared_is_what_routes(name: str, tmp_path: Path) -> None:
    text = configuration_of(declared(name, tmp_path), "core-1")
    ports = {port: f"ge{number}" for number, port in enumerate(PORTS[name])}

    translation = translate(text, platform(name), ports)

    for line in (
        "hostname core-1",
        "interface ge0\n description to other eth0\n ip address 10.0.0.0/31\n ip ospf area 0.0.0.1",
        " ip ospf network point-to-point\n",
        "interface ge1\n description servers\n shutdown\n ip address 10.0.1.1/24\n",
        " ip ospf passive\n",
        "interface lo\n ip address 192.0.2.1/32\n",
        " ospf router-id 192.0.2.1\n",
        "router bgp 64512\n bgp router-id 192.0.2.1\n",
        " neighbor 10.0.0.1 remote-as 64513\n neighbor 10.0.0.1 description province\n",
        "  network 10.0.0.0/16\n  network 192.0.2.0/24\n",
        "ip route 10.0.0.0/16 Null0",
        "ip route 203.0.113.0/24 10.0.0.1",
    ):
        assert line in translation.frr or line.replace("area 0.0.0.1", "area 1") in translation.frr
    assert translation.mtu["ge1"] == 1400
    assert all("dedicated" in line for line in translation.untranslated)
    if shutil.which("vtysh"):
        file = tmp_path / "frr.conf"
        file.write_text(translation.frr)
        subprocess.run(["vtysh", "-C", "-f", str(file)], check=True, timeout=60)


@pytest.mark.parametrize("name", platform_names())
@pytest.mark.parametrize("bare", [False, True])
def test_every_line_of_it_can_be_typed(name: str, bare: bool, tmp_path: Path) -> None:
    text = configuration_of(declared(name, tmp_path), "core-1", bare=bare)
    own = platform(name)

    for path in paths(parse(text, own.comment), own.comment):
        *above, line = path
        views = tuple(view_of(tuple(above[:depth]), own) for depth in range(len(above) + 1))
        if line in (own.section_end, "return", "end"):
            continue
        if line.startswith(f"{own.undo} "):
            assert isinstance(read_undo(line.removeprefix(f"{own.undo} "), views, own), list), path
        else:
            found = read(line, views, own)
            assert isinstance(found, Reading), path
            assert found.line == line


@pytest.mark.parametrize("name", platform_names())
def test_a_bare_device_has_its_name_and_its_ports_and_no_address(name: str, tmp_path: Path) -> None:
    text = configuration_of(declared(name, tmp_path), "core-1", bare=True)

    assert "core-1" in text
    assert all(f"interface {port}\n" in text for port in PORTS[name])
    assert "10.0.0.0" not in text
    assert "192.0.2." not in text
    assert written(parse(text, platform(name).comment)) == text


def test_the_example_citys_devices_are_all_translated_whole() -> None:
    estate = load(ROOT / "examples/hebi").require()

    for name, device in estate.devices.items():
        if device.platform in platform_names():
            ports = {port: f"ge{number}" for number, port in enumerate(device.interfaces)}
            translation = translate(configuration_of(estate, name), platform(device.platform), ports)
            assert translation.untranslated == ()
            for interface in device.interfaces.values():
                assert f" ip address {interface.address}\n" in translation.frr


def test_a_device_that_is_not_declared_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        configuration_of(declared("cisco_ios", tmp_path), "core-9")

    assert caught.value.error.id == "E6404"
