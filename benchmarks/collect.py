"""Sessions on command lines: stock netmiko beside ours, on one real sshd with a scripted IOS behind it.

*Fast* answers at once with 12 KB.  *Slow* takes 1 s for the login, 0.2 s for each prompt and 4 s to print, as old
switches do.  A session that ends without the whole configuration counts for nothing.  Both clients log in, switch the
pager off and show the configuration.  Reproduce with ``scripts/bench collect``.
"""

from __future__ import annotations

import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.core.vault.secret import Secret
from yiwang.lab.personality.serving import Personality, serve_command
from yiwang.network.collect.completeness import doubt
from yiwang.network.collect.dial import Dialler
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.session import open_session
from yiwang.network.collect.way import Hop
from yiwang.network.platforms.catalogue import Platforms

SHELL = """\
wait() {{ [ "$1" = 0 ] || sleep "$1"; }}
text=$(<{file})
wait {login}
printf '\\nauthorized use only\\n'
while wait {prompt}; printf '\\nr1#'; IFS= read -r line; do
    case $line in
    'show running-config') printf '%s' "${{text:0:6000}}"; wait {printing}; printf '%s\\n' "${{text:6000}}" ;;
    exit) exit ;;
    esac
done
"""
INTERFACES = 150
FAST = {"login": 0, "prompt": 0, "printing": 0}
SLOW = {"login": 1, "prompt": 0.2, "printing": 4}
PLATFORM = Platforms().find("cisco_ios")
ROUNDS = 3
Collect = Callable[[Personality], str]


def main() -> None:
    """Print the tables."""
    # netmiko and paramiko tell of each session that a slow server closes.
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = _configuration()
        (folder / "running").write_text(expected)
        rows = [row for threads in (10, 50) for row in _compared(folder, FAST, threads, 50)]
        show("Fast device, 12 KB", HEADINGS, rows)
        rows = [row for threads in (50, 150) for row in _compared(folder, SLOW, threads, threads, rounds=1)]
        show("Slow device: 1 s login, 0.2 s prompt, 4 s print", HEADINGS, rows)


HEADINGS = ("client", "threads", "whole", "whole sessions/s", "CPU ms a session", "against stock", "goal")


def _compared(
    folder: Path, pace: dict[str, float], threads: int, sessions: int, *, rounds: int = ROUNDS
) -> list[tuple[object, ...]]:
    script = folder / "shell"
    script.write_text(SHELL.format(file=folder / "running", **pace))
    clients: dict[str, Collect] = {"stock netmiko": _stock, "ours": _ours}
    figures: dict[str, list[tuple[int, float, float]]] = {name: [] for name in clients}
    with serve_command("cisco_ios", f"exec bash {script}") as server:
        for _round in range(rounds):
            # In turn, so that both see the same machine.
            for name, client in clients.items():
                figures[name].append(_measured(client, server, threads, sessions))
    rates = {name: statistics.median(rate for _whole, rate, _cpu in each) for name, each in figures.items()}
    stock = rates["stock netmiko"]
    return [
        (
            name,
            threads,
            f"{sum(whole for whole, _rate, _cpu in each)} of {sessions * rounds}",
            rates[name],
            statistics.median(cpu for _whole, _rate, cpu in each),
            f"{rates[name] / stock:.2f} ×" if stock else "",
            "" if name != "ours" else "≥ 1.1 ×" if pace is FAST else "all whole",
        )
        for name, each in figures.items()
    ]


def _measured(client: Collect, server: Personality, threads: int, sessions: int) -> tuple[int, float, float]:
    def once(_number: int) -> bool:
        try:
            return not doubt(PLATFORM, client(server))
        except Exception:
            return False

    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        whole = sum(pool.map(once, range(sessions)))
    return whole, whole / (time.perf_counter() - wall), 1000 * (time.process_time() - cpu) / sessions


def _stock(server: Personality) -> str:
    from netmiko import ConnectHandler

    with ConnectHandler(**server.netmiko) as connection:
        return str(connection.send_command("show running-config", read_timeout=60))


def _ours(server: Personality) -> str:
    hop = Hop("r1", server.host, server.port, server.user, (server.host_key,), Secret(server.key.read_text()))
    pace = Pace()
    session = open_session(Dialler().dial((hop,), pace), hop, PLATFORM, pace)
    try:
        return session.ask("show running-config")
    finally:
        session.disconnect()


def _configuration() -> str:
    interfaces = (
        f"interface GigabitEthernet0/{number}\n description port {number} of the trial\n ip address 10.{number}.0.1 "
        "255.255.255.0\n!\n"
        for number in range(INTERFACES)
    )
    return f"version 15.7\n!\nhostname r1\n!\n{''.join(interfaces)}line vty 0 4\n transport input ssh\n!\nend\n"


if __name__ == "__main__":
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    main()
