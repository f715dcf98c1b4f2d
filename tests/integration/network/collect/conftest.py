"""Devices behind real sshd: vendors' personalities, and shells that break in every way that a test asks for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality import serving
from yiwang.network.collect.dial import Dialler
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.session import open_session
from yiwang.network.collect.way import Hop
from yiwang.network.platforms.catalogue import Platforms


@pytest.fixture(scope="session", autouse=True)
def _sshd_is_installed() -> None:
    if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin"):
        pytest.skip("OpenSSH's server is not installed (apt-get install openssh-server)")


@pytest.fixture(scope="session")
def platforms() -> Platforms:
    return Platforms()


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[Callable[..., serving.Personality]]:
    """A device whose shell is a script of bash; ``$folder`` in it is a folder of the test."""
    with ExitStack() as stack:

        def serve(script: str, platform: str = "cisco_ios") -> serving.Personality:
            file = tmp_path / f"shell-{len(list(tmp_path.iterdir()))}"
            file.write_text(f"folder={tmp_path}\n{script}")
            return stack.enter_context(serving.serve_command(platform, f"exec bash {file}"))

        yield serve


def hop_to(server: serving.Personality, **other: Any) -> Hop:
    """The way's end at a served device."""
    key = Secret(server.key.read_text())
    given = {"host_keys": (server.host_key,), "private_key": key} | other
    return Hop("lab-1", server.host, server.port, server.user, **given)


@pytest.fixture
def hop() -> Callable[..., Hop]:
    return hop_to


@pytest.fixture
def opened(platforms: Platforms) -> Iterator[Callable[..., Any]]:
    """Sessions that are closed at the end of the test."""
    with ExitStack() as stack:

        def open_to(server: serving.Personality, pace: Pace = Pace(silence=20), **other: Any) -> Any:  # noqa: B008 - frozen
            hop = hop_to(server, **other)
            dialler = Dialler()
            stack.callback(dialler.close)
            session = open_session(dialler.dial((hop,), pace), hop, platforms.find(server.platform), pace)
            stack.callback(session.disconnect)
            return session

        yield open_to
