"""Watching: what the live view of a run of 5,000 steps takes of a processor, beside a peer in the same run.

A run is carried out by one process and watched by two others on terminals of their own, both at once: by
``yiwang runs watch``, and by the least that one would write with rich, a ``Live`` table of the same rows from the same
looks, four times a second as rich does by default.  Measured is the processor time of each watcher while the run goes
on, without its start, over the time on the clock.  Reproduce with ``scripts/bench watching``.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.core.database.connection import open_database
from yiwang.core.jobs.watching import OVER, Watch

STEPS, WINDOW, SECONDS = 5_000, 50, 0.3
SETTLED_SECONDS = 5.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table, or be the peer when called with a database and a run."""
    if sys.argv[1:]:
        _peer(*sys.argv[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"YIWANG_STATE_FOLDER": folder, "TERM": "xterm-256color", "PYTHONUTF8": "1"}
        yiwang = [sys.executable, "-m", "yiwang", "--set", f"jobs.threads={WINDOW}"]
        begin = [*yiwang, "runs", "rehearse", "--steps", str(STEPS), "--waves", "10", "--window", str(WINDOW)]
        planned = subprocess.run(
            [*begin, "--seconds", str(SECONDS), "--plan-only"], env=environment, capture_output=True, check=True
        )
        run = planned.stdout.decode().strip()
        controller = subprocess.Popen([*yiwang, "runs", "resume", run], env=environment, stderr=subprocess.DEVNULL)
        ours = _on_terminal([*yiwang, "runs", "watch", run], environment)
        peer = _on_terminal([sys.executable, __file__, f"sqlite:///{folder}/yiwang.db", run], environment)
        rows = _measured({"yiwang runs watch": ours, "peer: rich Live, 4 a second": peer}, controller)
    goals = ("≤ 2 %", "")
    show(
        f"Watching {STEPS:,} steps, {WINDOW} at once",
        ("", "CPU s", "wall s", "% of a core", "goal"),
        [(*row, goal) for row, goal in zip(rows, goals, strict=True)],
    )


def _on_terminal(command: list[str], environment: dict[str, str]) -> int:
    """The process of a command on a terminal that is read and forgotten."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    threading.Thread(target=_drain, args=(descriptor,), daemon=True).start()
    return pid


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65536):
            pass
    except OSError:
        return


def _measured(watchers: dict[str, int], controller: subprocess.Popen[bytes]) -> list[tuple[object, ...]]:
    time.sleep(SETTLED_SECONDS)
    began = time.monotonic()
    before = {name: _cpu(pid) for name, pid in watchers.items()}
    last = dict(before)
    while controller.poll() is None:
        time.sleep(0.5)
        last |= {name: _cpu(pid) or last[name] for name, pid in watchers.items()}
    wall = time.monotonic() - began
    for pid in watchers.values():
        os.waitpid(pid, 0)
    used = {name: last[name] - before[name] for name in watchers}
    return [(name, cpu, wall, 100 * cpu / wall) for name, cpu in used.items()]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peer(url: str, run: str) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    watch = Watch(open_database(url), run)

    def table() -> Table:
        seen = watch.look()
        drawn = Table(title=f"{seen.ended}/{seen.total}")
        for heading in ("target", "kind", "seconds", "said"):
            drawn.add_column(heading)
        for each in seen.active[:18]:
            spent = (seen.time - each.started).total_seconds() if each.started else 0
            drawn.add_row(each.target, each.kind, f"{spent:.0f}", each.said)
        return drawn

    with Live(get_renderable=table, console=Console(), refresh_per_second=4):
        while watch.look().run.state not in OVER:
            time.sleep(1)


if __name__ == "__main__":
    main()
