"""Inventory file of pyinfra: every target with its data, and the groups as lists of names."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from pprint import pformat
from typing import Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.graph.canvas import printable
from yiwang.inventory.reach import Reach, description, group_names, reaches
from yiwang.inventory.selector import Selector

HEAD = "# Inventory of {title}, written by `yiwang inventory export pyinfra`.\n"


def text(estate: Estate, selector: Selector | None) -> str:
    """The file as Python source that only holds plain values."""
    hosts: list[tuple[str, dict[str, Any]]] = []
    members: dict[str, list[str]] = defaultdict(list)
    for reach in reaches(estate, selector):
        hosts.append((reach.name, _data(estate, reach)))
        for group in group_names(estate, reach):
            members[group].append(reach.name)
    lines = [HEAD.format(title=printable(estate.header.title)), f"all = {_source(hosts)}"]
    lines += [f"{name} = {_source(names)}" for name, names in sorted(members.items())]
    return "\n".join(lines)


def _source(value: Any) -> str:
    return pformat(value, width=110, sort_dicts=False)


def _data(estate: Estate, reach: Reach) -> dict[str, Any]:
    told = description(estate, reach)
    data: dict[str, Any] = {**told.pop("vars"), "ssh_port": reach.port, "ssh_user": reach.user, "yiwang": told}
    if reach.host:
        data["ssh_hostname"] = reach.host
    if reach.host_keys:
        data["ssh_strict_host_key_checking"] = "yes"
    return data


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """The inventory file."""
    return {"inventory.py": f"{text(estate, selector)}\n".encode()}
