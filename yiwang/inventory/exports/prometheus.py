"""Targets for Prometheus: ``file_sd`` files, the same list for ``http_sd``, and a configuration to start from.

Labels are few and steady: node, region, level, zone, role.  Never an address: that is
``__address__``, which Prometheus needs, and ``instance`` becomes the node's name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector

NODE_EXPORTER_PORT = 9100
CONFIGURATION = """# Written by `yiwang inventory export prometheus`; take over what you need.
global:
  scrape_interval: 30s
scrape_configs:
  # Hosts, through node_exporter.
  - job_name: yiwang-nodes
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - {source_labels: [node], target_label: instance}
  # Network devices, through snmp_exporter on this machine.
  - job_name: yiwang-devices
    metrics_path: /snmp
    params: {module: [if_mib]}
    file_sd_configs:
      - files: [devices.json]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [node], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:9116"}
  # Reachability of everything, through blackbox_exporter on this machine.
  - job_name: yiwang-ping
    metrics_path: /probe
    params: {module: [icmp]}
    file_sd_configs:
      - files: [nodes.json, devices.json]
    relabel_configs:
      - {source_labels: [__address__], regex: "([^:]+)(:.*)?", target_label: __param_target}
      - {source_labels: [node], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:9115"}
"""


def target_groups(estate: Estate, selector: Selector | None, kind: str = "") -> list[dict[str, Any]]:
    """The targets that have an address, one group each, as ``file_sd`` and ``http_sd`` read them."""
    return [
        {"targets": [_address(reach)], "labels": _labels(reach)}
        for reach in reaches(estate, selector)
        if reach.host and kind in ("", reach.kind)
    ]


def _address(reach: Reach) -> str:
    if reach.kind == "devices":
        return reach.host
    return f"{reach.host}:{reach.target.vars.get('metrics_port', NODE_EXPORTER_PORT)}"


def _labels(reach: Reach) -> dict[str, str]:
    labels = {
        "node": reach.name,
        "region": reach.target.region,
        "level": reach.level,
        "zone": reach.zone,
        "role": ",".join(reach.roles),
    }
    return {key: value for key, value in labels.items() if value}


def text(estate: Estate, selector: Selector | None) -> str:
    """All targets, as an ``http_sd`` answer."""
    return json.dumps(target_groups(estate, selector), ensure_ascii=False, indent=2)


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """One ``file_sd`` file for nodes, one for devices, and the configuration that reads them."""
    made = {
        f"{kind}.json": json.dumps(target_groups(estate, selector, kind), ensure_ascii=False, indent=2)
        for kind in ("nodes", "devices")
    }
    return {name: f"{content}\n".encode() for name, content in {**made, "prometheus.yml": CONFIGURATION}.items()}
