"""The probe of every platform finds an account that may write, and leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from yiwang.lab.personality.catalogue import platform_names
from yiwang.lab.personality.serving import serve_command
from yiwang.network.handover.proof import is_accepted, is_refused
from yiwang.network.platforms.catalogue import Platforms


@pytest.mark.parametrize("name", platform_names())
def test_an_account_that_may_configure_is_found_out_and_nothing_changes(
    personality: Callable[..., Any], opened: Callable[..., Any], platforms: Platforms, name: str
) -> None:
    server = personality(name, hostname="lab-1")
    rule = platforms.find(name).read_only
    assert rule
    before = server.running
    session = opened(server)

    said = session.attempt(rule.probe, rule.accepted)
    session.attempt(rule.leave, rule.accepted)

    assert is_accepted(rule, said)
    assert server.running == before
    assert session.ask(platforms.find(name).commands.running).endswith(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can serve both kinds of account")
@pytest.mark.parametrize("shell", ["bash --norc -i", "dash -i"])
@pytest.mark.parametrize(
    ("account", "may_write"), [("", True), ("setpriv --reuid 65534 --regid 65534 --clear-groups ", False)]
)
def test_a_linux_account_is_judged_by_what_it_may_open(
    opened: Callable[..., Any], platforms: Platforms, shell: str, account: str, may_write: bool
) -> None:
    platform = platforms.find("linux")
    rule = platform.read_only
    assert rule
    with serve_command("linux", f"export PS1='$ '; exec {account}{shell}") as server:
        said = opened(server).attempt(rule.probe, rule.accepted)

    assert is_accepted(rule, said) == may_write
    assert is_refused(platform, rule, said) != may_write
