"""Routers of FRR and hosts of Linux, whose command lines are their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality.serving import serve_command
from yiwang.network.archive.redaction import Redaction
from yiwang.network.collect.completeness import doubt
from yiwang.network.platforms.catalogue import Platforms

CONFIGURATION = "hostname lab-1\npassword not-to-be-seen\nip route 203.0.113.0/24 Null0\n"
STATICD = Path("/usr/lib/frr/staticd")


@pytest.fixture
def frr() -> Iterator[str]:
    """A daemon of FRR in a name space of its own files; its name."""
    if os.geteuid() or not STATICD.exists() or not shutil.which("vtysh"):
        pytest.skip("needs root and FRR (apt-get install frr)")
    name = f"yiwang-{token_hex(3)}"
    files, sockets = Path("/etc/frr") / name, Path("/var/run/frr") / name
    try:
        for folder in (files, sockets):
            folder.mkdir(parents=True)
            shutil.chown(folder, "frr", "frr")
        (files / "vtysh.conf").touch()
        (files / "staticd.conf").write_text(CONFIGURATION)
        subprocess.run([STATICD, "-N", name, "-d", "-f", files / "staticd.conf"], check=True, timeout=30)
        _until((sockets / "staticd.vty").exists)
        yield name
    finally:
        with suppress(OSError, ValueError):
            os.kill(int((sockets / "staticd.pid").read_text()), signal.SIGTERM)
        for folder in (files, sockets):
            shutil.rmtree(folder, ignore_errors=True)


def _until(holds: Callable[[], bool], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)


def test_a_router_of_frr_is_read_through_its_own_shell(
    frr: str, opened: Callable[..., Any], platforms: Platforms
) -> None:
    platform = platforms.find("frr")
    with serve_command("frr", f"exec vtysh -N {frr}") as server:
        session = opened(server)
        running = session.ask(platform.commands.running)
        version = session.ask(platform.commands.version)

    assert doubt(platform, running) == ""
    assert "ip route 203.0.113.0/24 Null0\n" in running
    assert version.startswith("FRRouting ")
    assert "not-to-be-seen" not in Redaction(Secret("key")).text(platform, running)


@pytest.mark.parametrize("shell", ["bash --norc -i", "bash -i", "dash -i"])
def test_a_linux_host_is_read_whatever_its_prompt(opened: Callable[..., Any], platforms: Platforms, shell: str) -> None:
    platform = platforms.find("linux")
    with serve_command("linux", f"export PS1='\\u@\\h:\\w\\$ '; exec {shell}") as server:
        session = opened(server)
        running = session.ask(platform.commands.running)
        clock = session.ask(platform.commands.time)

    assert doubt(platform, running) == ""
    assert "## /etc/hostname\n" in running
    assert clock.startswith("20")
