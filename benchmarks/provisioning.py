"""The same 25 hardening steps on real nodes: ours, stock pyinfra, Ansible, and one shell script; root only.

``python benchmarks/provisioning.py [NODES [ANSIBLE_NODES]]``: default 30 nodes of a lab, Ansible on 3 of
them because it is slow (0: not at all; its figures are for its own number of nodes).  All log in as root
with the same key.  Controller CPU is that of a control group, so that it includes every SSH client; node
CPU is that of the nodes' control groups.  Nodes and controller share this machine, so CPU tells more than
wall time does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.lab import brought_up, nodes_only
from benchmarks.measure import show
from yiwang.core.settings import load_settings
from yiwang.lab import cgroup
from yiwang.lab.lab import Lab
from yiwang.lab.lowering import lower

HERE = Path(__file__).with_suffix("")
OURS = Path("/sys/fs/cgroup/unified") / f"yiwang-bench-{os.getpid()}"
IN_GROUP = ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', str(OURS)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run over all nodes: seconds, and MiB of the largest process."""

    nodes: int
    wall: float
    controller: float
    node: float
    memory: float


@dataclass(frozen=True, slots=True)
class Bench:
    """A lab whose nodes are provisioned, and a folder for the peers' files."""

    lab: Lab
    folder: Path

    def run(self, words: Sequence[str], *, nodes: int = 0, folder: Path = HERE) -> Figures:
        """Run a program and measure it."""
        before = self._cpu()
        began = time.monotonic()
        child = subprocess.Popen([*IN_GROUP, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert child.stdout
        said = child.stdout.read()
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        child.stdout.close()
        wall = time.monotonic() - began
        if status:
            raise SystemExit(f"{' '.join(words)} failed: {said.decode()[-3000:]}")
        controller, node = (after - first for after, first in zip(self._cpu(), before, strict=True))
        return Figures(nodes or len(self.lab.machines), wall, controller, node, usage.ru_maxrss / 1024)

    def _cpu(self) -> tuple[float, float]:
        return _seconds(OURS), _seconds(cgroup.groups(self.lab.layout.slot)[0])

    def ours(self, stage: str, *, memory: str = "memory") -> Figures:
        """Our engine."""
        words = [str(HERE / "engine.py"), self.lab.layout.name, stage, str(self.folder / memory)]
        return self.run([sys.executable, *words])

    def stock(self) -> Figures:
        """Stock pyinfra by its own command."""
        program = Path(sys.executable).with_name("pyinfra")
        return self.run([str(program), "-y", str(self.folder / "inventory.py"), "stock.py"])

    def ansible(self, nodes: int) -> Figures:
        """Ansible with pipelining and as many forks as nodes."""
        program = Path(sys.executable).with_name("ansible-playbook")
        hosts = ",".join(each.host.management for each in self.lab.machines[:nodes])
        arguments = ["-i", f"{hosts},", "-f", str(nodes), "-u", "root", "--private-key", str(self.folder / "key")]
        settings = f"ANSIBLE_PIPELINING=1 ANSIBLE_SSH_ARGS=-oUserKnownHostsFile={self.folder}/known".split()
        return self.run(["env", *settings, str(program), *arguments, "play.yml"], nodes=nodes)

    def floor(self) -> Figures:
        """One script on every node at once, over warm connections."""
        hosts = "\n".join(each.host.management for each in self.lab.machines)
        (self.folder / "hosts").write_text(hosts + "\n")
        ssh = "ssh -F none -i key -oUserKnownHostsFile=known -oControlMaster=auto -oControlPersist=60"
        ssh += f" -oControlPath={self.folder}/c-%h root@{{}} sh -s <floor.sh"
        fails = "tee said; ! grep -q changed said"
        return self.run(["sh", "-c", f"xargs -P 32 -I{{}} sh -c '{ssh}' <hosts | {fails}"], folder=self.folder)


def _seconds(group: Path) -> float:
    rows = dict(row.split() for row in (group / "cpu.stat").read_text().splitlines())
    return int(rows["usage_usec"]) / 1e6


def main(nodes: int = 30, ansible_nodes: int = 3) -> None:
    """Print the tables."""
    OURS.mkdir()
    raised, _seconds_up, _memory = brought_up(nodes_only(nodes), load_settings().settings.lab)
    try:
        with tempfile.TemporaryDirectory(prefix="yiwang-bench-") as name:
            bench = Bench(raised.lab, Path(name))
            _prepare(bench)
            _show(_measure(bench, min(ansible_nodes, nodes)))
    finally:
        lower(raised.lab.folder)
        (OURS / "cgroup.kill").write_text("1")
        _eventually_gone()


def _eventually_gone() -> None:
    for _try in range(50):
        try:
            OURS.rmdir()
        except OSError:
            time.sleep(0.1)
        else:
            return


def _prepare(bench: Bench) -> None:
    """Keys, an inventory for pyinfra, and the script with the digests of its files."""
    key = bench.folder / "key"
    key.write_text(bench.lab.folder.operator_key.read_text())
    key.chmod(0o600)
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    for machine in bench.lab.machines:
        machine.run("sh", "-c", "mkdir -p -m 700 /root/.ssh; cat >/root/.ssh/authorized_keys", input=public)
    hosts = [each.host for each in bench.lab.machines]
    (bench.folder / "known").write_text("".join(f"{host.management} {host.host_key}\n" for host in hosts))
    data = {"ssh_user": "root", "ssh_key": str(key), "ssh_known_hosts_file": str(bench.folder / "known")}
    (bench.folder / "inventory.py").write_text(f"nodes = {[(host.management, data) for host in hosts]!r}\n")
    script = (HERE / "floor.sh").read_text()
    for file in (HERE / "components" / "hardening").iterdir():
        script = script.replace(f"@{file.name}@", sha1(_rendered(file)).hexdigest())
    (bench.folder / "floor.sh").write_text(script)


def _rendered(file: Path) -> bytes:
    from jinja2 import Environment

    if file.suffix != ".j2":
        return file.read_bytes()
    template = Environment(keep_trailing_newline=True).from_string(file.read_text())
    return template.render(role="node", management="10.77.0.0/16", time_server="10.77.0.1").encode()


def _measure(bench: Bench, ansible_nodes: int) -> dict[str, Figures]:
    steps: dict[str, Callable[[], Figures]] = {
        "ours, plan of bare nodes": lambda: bench.ours("plan"),
        "ours, first apply": lambda: bench.ours("apply"),
        "ours, no change, nothing remembered": lambda: bench.ours("check", memory="other"),
        "ours, no change, facts remembered": lambda: bench.ours("check"),
        "ours, no change": lambda: bench.ours("check"),
        "floor, connecting": bench.floor,
        "floor": bench.floor,
        "stock pyinfra, no change": bench.stock,
    }
    if ansible_nodes:
        steps["ansible, no change"] = lambda: bench.ansible(ansible_nodes)
    steps["ours, rolled back"] = lambda: bench.ours("undo")
    steps["stock pyinfra, first apply"] = bench.stock
    found = {}
    for name, step in steps.items():
        found[name] = step()
        print(f"{name}: {found[name]}", file=sys.stderr)
    return found


def _show(found: dict[str, Figures]) -> None:
    headings = ("", "nodes", "wall s", "controller CPU s", "a node", "node CPU s", "a node", "MiB")
    rows = [
        (name, f.nodes, f.wall, f.controller, f.controller / f.nodes, f.node, f.node / f.nodes, f.memory)
        for name, f in found.items()
    ]
    show("25 hardening steps", headings, rows)
    second, stock, floor = found["ours, no change"], found["stock pyinfra, no change"], found["floor"]
    first, stock_first = found["ours, first apply"], found["stock pyinfra, first apply"]
    ratios: list[tuple[object, ...]] = [
        ("no change: stock pyinfra / ours, wall", stock.wall / second.wall, "≥ 5"),
        ("no change: ours / floor, wall", second.wall / floor.wall, "≤ 2.5"),
        ("no change: ours, controller CPU s a node", second.controller / second.nodes, "≤ 0.06"),
        ("first apply: stock pyinfra / ours, wall", stock_first.wall / first.wall, "≥ 2.5"),
    ]
    if peer := found.get("ansible, no change"):
        each = peer.wall / peer.nodes / (second.wall / second.nodes)
        ratios.append((f"no change: ansible / ours, wall a node ({peer.nodes} nodes)", each, "≥ 30"))
    show("Ratios", ("", "measured", "goal"), ratios)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
