"""pyinfra's own loader reads the inventory file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.selector import Selector

# In a process of its own: pyinfra replaces parts of the standard library when it is imported.
READ = """
import json, sys
from pyinfra.api import State
from pyinfra.context import ctx_state
from pyinfra_cli.inventory import make_inventory
ctx_state.set(State())
inventory = make_inventory(sys.argv[1])
print(json.dumps({
    "hosts": {host.name: dict(inventory.get_host_data(host.name)) for host in inventory},
    "groups": {name: sorted(host.name for host in hosts) for name, hosts in inventory.groups.items()},
}))
"""


def test_pyinfra_loads_hosts_data_and_groups(small: Estate, tmp_path: Path) -> None:
    file = tmp_path / "estate.py"
    write_files(export_files(FORMATS["pyinfra"], small, Selector(), file))

    command = [sys.executable, "-W", "ignore", "-c", READ, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    read = json.loads(done.stdout)
    assert set(read["hosts"]) == {*small.nodes, *small.devices}
    bastion = read["hosts"]["bastion-1"]
    assert (bastion["ssh_hostname"], bastion["ssh_port"], bastion["ssh_user"]) == ("59.201.0.12", 2222, "ops")
    assert bastion["ssh_strict_host_key_checking"] == "yes"
    assert read["groups"]["role_exchange"] == ["xun-front-1"]
    assert read["groups"]["zone_dedicated"] == ["mirror-1"]
    assert read["groups"]["region_410622"] == ["gaocun-ar-1", "qi-edge-1"]
    assert "vault:" not in file.read_text()
