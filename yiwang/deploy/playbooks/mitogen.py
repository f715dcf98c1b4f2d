"""Mitogen, where it is installed: it keeps one Python on the node and brings the modules to it once.

It makes its own connection, so it is given an ``ssh`` of ours: the same pinned keys, jump hosts and
secrets in memory as everywhere, whatever options it asks for.
"""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.deploy.engine import ssh

if TYPE_CHECKING:
    from yiwang.deploy.engine.endpoint import Endpoint
    from yiwang.deploy.engine.handover import Handover

STRATEGY = "mitogen_linear"
# All before the host's name are options of its own choice; all after it is what to run there.
CLIENT = """#!/bin/sh
while [ "$1" != {host} ]; do shift; done
shift
exec env -i {words} "$@"
"""


def strategies() -> Path | None:
    """The folder of its strategies; None where it is not installed."""
    found = find_spec("ansible_mitogen")
    return Path(found.origin).parent / "plugins/strategy" if found and found.origin else None


def can_reach(endpoint: Endpoint) -> bool:
    """Whether it can become root there: it would have to be given the password in a file."""
    return not (endpoint.needs_sudo and endpoint.password)


def variables(endpoint: Endpoint, handover: Handover) -> dict[str, str]:
    """The variables by which Ansible reaches the node through our client."""
    client = ssh.client(endpoint, handover, ssh.Dialling(), "")
    environment = [f"{name}={value}" for name, value in client.environment.items()]
    words = shlex.join([*environment, *client.words[:-1]])
    script = CLIENT.format(host=shlex.quote(endpoint.host), words=words)
    return {
        "ansible_connection": "ssh",
        "ansible_host": endpoint.host,
        "ansible_ssh_executable": handover.offer(script, mode=0o700),
    }
