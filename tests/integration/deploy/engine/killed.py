"""Applies the hardening steps to a node of a lab, for a test that kills it: ``killed.py LAB NODE FOLDER``."""

import sys
from pathlib import Path

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.apply import Order, apply
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.registry import Components
from yiwang.lab.lab import open_lab

lab_name, node, folder = sys.argv[1:]
lab = open_lab(lab_name)
host = next(machine.host for machine in lab.machines if machine.host.name == node)
key = Secret(lab.folder.operator_key.read_text())
endpoint = Endpoint(node, host.management, 22, host.user, (host.host_key,), private_key=key, sudo=True)
tools = Tools(Components(Path(folder)), lambda reference: key)
sys.stdout.write("ready\n")
sys.stdout.flush()
apply(endpoint, Specification(node, (tools.components.part("hardening", {}),)), tools, Order("killed"))
