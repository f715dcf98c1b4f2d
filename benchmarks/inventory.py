"""The whole of Henan declared: load, resolve and check, beside peers on the same bytes in the same run.

Peers: a safe libyaml parse (PyYAML's CSafeLoader), ruamel.yaml's own parser, and Ansible
loading the exported equivalent.  Reproduce with ``scripts/bench inventory``.
"""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import Measured, process, show

BIN = Path(sys.executable).parent
YIWANG = str(BIN / "yiwang")
PARSE = "import sys, glob, {module}; [{call} for file in glob.glob(sys.argv[1] + '/**/*.yaml', recursive=True)]"
LIBYAML = PARSE.format(module="yaml", call="yaml.load(open(file, 'rb').read(), yaml.CSafeLoader)")
RUAMEL = PARSE.format(
    module="ruamel.yaml", call="ruamel.yaml.YAML(typ='safe', pure=True).load(open(file, 'rb').read())"
)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        estate, cache = Path(folder) / "henan", Path(folder) / "cache"
        process([YIWANG, "init", "410000", str(estate)], runs=1)
        compare(estate, {"YIWANG_CACHE_FOLDER": str(cache)}, Path(folder))


def compare(estate: Path, environment: dict[str, str], folder: Path) -> None:
    """Measure ours and the peers on one estate."""
    nothing_kept = environment | {"YIWANG_INVENTORY_CACHE": "false"}
    libyaml = process([sys.executable, "-c", LIBYAML, str(estate)])
    cold = process([YIWANG, "check", "--quiet", str(estate)], environment=nothing_kept)
    process([YIWANG, "check", "--quiet", str(estate)], runs=1, environment=environment)
    warm = process([YIWANG, "check", "--quiet", str(estate)], environment=environment, runs=5)
    one = ["desk-410621101", "-e", str(estate)]
    explain = process([YIWANG, "inventory", "explain", *one], environment=environment, runs=5)
    listed = process([YIWANG, "inventory", "list", *one], environment=environment, runs=5)
    ruamel = process([sys.executable, "-c", RUAMEL, str(estate)], runs=1)
    ansible = process([str(BIN / "ansible-inventory"), "-i", str(_exported(estate, folder)), "--list"], runs=1)
    rows = [
        _row("safe libyaml parse of the same bytes", libyaml, libyaml, ""),
        _row("load + resolve + check, cold", cold, libyaml, "≤ 6 s"),
        _row("load + resolve + check, warm", warm, libyaml, "≤ 1 s, ≤ 1.5 ×, ≤ 400 MiB"),
        _row("inventory explain, one node, warm", explain, libyaml, "≤ 1.2 s"),
        _row("inventory list, one node, warm", listed, libyaml, "≤ 1.2 s"),
        _row("ruamel.yaml parse of the same bytes", ruamel, libyaml, ""),
        _row("ansible-inventory --list of the export", ansible, libyaml, ""),
    ]
    size = sum(file.stat().st_size for file in estate.rglob("*.yaml")) / 1e6
    headings = ("Henan", "CPU s", "wall s", "peak MiB", "× libyaml", "goal")
    show(f"The declared estate of Henan, {size:.1f} MB of YAML", headings, rows)


def _row(name: str, measured: Measured, peer: Measured, goal: str) -> tuple[object, ...]:
    return name, measured.cpu, measured.wall, round(measured.memory), measured.cpu / peer.cpu, goal


def _exported(estate: Path, folder: Path) -> Path:
    """An executable inventory script that only prints what was exported."""
    hosts, script = folder / "hosts.json", folder / "hosts"
    with hosts.open("wb") as file:
        command = [YIWANG, "inventory", "export", "ansible", "--list", "-e", str(estate)]
        subprocess.run(command, stdout=file, check=True)
    script.write_text(f"#!/bin/sh\ncat '{hosts}'\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


if __name__ == "__main__":
    main()
