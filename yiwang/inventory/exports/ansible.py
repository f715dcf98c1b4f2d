"""Dynamic inventory of Ansible: what ``--list`` and ``--host`` of an inventory script print.

``--output`` writes a script that holds the answer, so that the machine with the playbooks
needs no Yiwang.  Passwords and keys are left out: they stay in the vault, whose files are in
Ansible's own format and are given to ``ansible-playbook`` with ``--vault-id``.
"""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

from yiwang.core.errors import NotFoundError, suggestion
from yiwang.inventory.estate import Estate
from yiwang.inventory.graph.canvas import printable
from yiwang.inventory.lookup import UNKNOWN_OBJECT
from yiwang.inventory.reach import Reach, description, find_reach, group_names, reaches
from yiwang.inventory.selector import Selector

# Platform → Ansible's name for it, where a maintained collection knows the platform.
NETWORK_OS = {
    "huawei_vrp": "community.network.ce",
    "cisco_ios": "cisco.ios.ios",
    "cisco_xe": "cisco.ios.ios",
    "frr": "frr.frr.frr",
}
SCRIPT = """#!/bin/sh
# Ansible inventory of {title}, written by `yiwang inventory export ansible`.
# --list prints everything, with the variables of all hosts under _meta; so --host has nothing to add.
[ "$1" = --host ] && {{ echo '{{}}'; exit; }}
cat <<'END-OF-INVENTORY'
{text}
END-OF-INVENTORY
"""


def listing(estate: Estate, selector: Selector | None) -> dict[str, Any]:
    """The answer to ``--list``."""
    members: dict[str, list[str]] = defaultdict(list)
    variables: dict[str, dict[str, Any]] = {}
    for reach in reaches(estate, selector):
        variables[reach.name] = host_variables(estate, reach)
        for group in group_names(estate, reach):
            members[group].append(reach.name)
    groups: dict[str, Any] = {name: {"hosts": hosts} for name, hosts in sorted(members.items())}
    for code, region in estate.regions.items():
        if f"region_{code}" in groups:
            groups[f"region_{code}"]["vars"] = {"region_title": region.title, "region_level": region.level}
    return {"_meta": {"hostvars": variables}, "all": {"children": ["ungrouped", *groups]}, **groups}


def host_variables(estate: Estate, reach: Reach) -> dict[str, Any]:
    """The variables of one host; its free-form ``vars`` also stand at the top where the name allows it."""
    told = description(estate, reach)
    variables = {key: value for key, value in told["vars"].items() if key.isidentifier() and key != "yiwang"}
    if reach.host:
        variables["ansible_host"] = reach.host
    variables |= {"ansible_port": reach.port, "ansible_user": reach.user, "yiwang": told}
    platform = told["platform"]
    if reach.kind == "devices" and platform in NETWORK_OS:
        variables |= {"ansible_network_os": NETWORK_OS[platform], "ansible_connection": "ansible.netcommon.network_cli"}
    if reach.via:
        variables["ansible_ssh_common_args"] = f"-o {shlex.quote(f'ProxyJump={_jump(estate, reach.via)}')}"
    return variables


def _jump(estate: Estate, via: str) -> str:
    bastion = find_reach(estate, via)
    return f"{bastion.user}@{bastion.host}:{bastion.port}" if bastion and bastion.host else via


def text(estate: Estate, selector: Selector | None) -> str:
    """The answer to ``--list`` as JSON."""
    return json.dumps(listing(estate, selector), ensure_ascii=False, indent=2)


def host_text(estate: Estate, name: str) -> str:
    """The answer to ``--host name`` as JSON.

    Raises:
        NotFoundError: no node or device is called so (E1023).
    """
    reach = find_reach(estate, name)
    if reach is None:
        known = suggestion(name, (*estate.nodes, *estate.devices))
        raise NotFoundError(UNKNOWN_OBJECT, given=name, suggestion=known)
    return json.dumps(host_variables(estate, reach), ensure_ascii=False, indent=2)


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """The inventory script."""
    return {"inventory.sh": SCRIPT.format(title=printable(estate.header.title), text=text(estate, selector)).encode()}
