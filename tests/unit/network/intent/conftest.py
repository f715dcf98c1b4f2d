"""A small estate in which two devices use all that can be declared about routing, and its rendering."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.inventory.loading.load import load
from yiwang.network.intent.service import Intended
from yiwang.network.platforms.catalogue import Platforms

PORTS = {
    "huawei_vrp": [f"GigabitEthernet0/0/{number}" for number in range(4)],
    "hp_comware": [f"GigabitEthernet1/0/{number}" for number in range(4)],
    "cisco_ios": [f"GigabitEthernet0/{number}" for number in range(4)],
    "cisco_xe": [f"GigabitEthernet0/0/{number}" for number in range(4)],
    "ruijie_os": [f"GigabitEthernet 0/{number}" for number in range(4)],
    "zte_zxros": [f"gei-0/1/0/{number}" for number in range(4)],
    "frr": [f"eth{number}" for number in range(4)],
}
ESTATE = """
estate: {{name: e, title: 测试, region: 410600}}
addressing: {{blocks: {{links: 59.200.0.0/16, management: 59.201.0.0/24, dedicated: 10.66.0.0/16}}}}
regions:
  '410600': {{title: 鹤壁市, level: city, as_number: 64512, pools: {{links: 59.200.0.0/16}}}}
  '410621': {{title: 浚县, level: county, parent: '410600', as_number: 64513, pools: {{links: 59.200.32.0/20}}}}
defaults:
  device:
    ntp: [59.201.0.100, 59.201.0.101]
    log: [59.201.0.102]
    snmp: {{user: yiwang, auth: vault:snmp/auth, privacy: vault:snmp/privacy}}
    protection: {{servers: [bastion-1], traps: [59.201.0.103]}}
devices:
  core-1:
    title: 核心
    region: 410600
    platform: {platform}
    role: core
    management: 59.201.0.1
    interfaces:
      {first}: {{address: 59.200.0.0/31}}
      {second}:
        address: 59.200.1.1/24
        description: servers
        mtu: 1400
        zone: extranet
        vrrp: {{group: 1, address: 59.200.1.254, priority: 120}}
      {third}: {{address: 10.66.2.1/24, vrf: gov, zone: dedicated}}
      {fourth}: {{address: 59.200.3.1/24, enabled: false}}
    vrfs: {{gov: {{rd: "64512:1"}}}}
    routing:
      ospf: {{area: 1}}
      bgp:
        - {{address: 59.200.0.1, as_number: 64513, description: county, password: vault:bgp/county}}
        - {{address: 203.0.113.1, as_number: 64600, description: province}}
      static: [{{to: 203.0.113.0/24, via: 59.200.0.1}}]
  county-1:
    title: 县
    region: 410621
    platform: frr
    role: core
    management: 59.201.0.2
    interfaces: {{eth0: {{address: 59.200.0.1/31}}}}
    routing: {{ospf: {{area: 1}}, bgp: [{{address: 59.200.0.0, as_number: 64512}}]}}
nodes:
  bastion-1: {{region: '410600', zone: extranet, roles: [bastion], addresses: {{extranet: 59.200.1.10/24}}}}
  log-1: {{region: '410600', zone: dedicated, roles: [log-server], addresses: {{dedicated: 10.66.2.10/24}}}}
links:
  up: {{ends: ["core-1:{first}", "county-1:eth0"]}}
  servers: {{ends: ["core-1:{second}", "bastion-1:eth0"]}}
"""


@pytest.fixture(params=sorted(PORTS))
def platform(request: pytest.FixtureRequest) -> str:
    """Each platform that something can be rendered for."""
    return str(request.param)


@pytest.fixture
def intended(tmp_path: Path) -> Callable[[str], Intended]:
    """The estate with its core on a platform."""

    def build(platform: str) -> Intended:
        first, second, third, fourth = PORTS[platform]
        text = ESTATE.format(platform=platform, first=first, second=second, third=third, fourth=fourth)
        (tmp_path / "estate.yaml").write_text(text)
        return Intended(load(tmp_path).require(), Platforms())

    return build
