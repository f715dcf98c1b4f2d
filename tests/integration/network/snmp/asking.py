"""Asking in tests: one question to one device, with the client that is named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from yiwang.network.snmp.client import open_client
from yiwang.network.snmp.session import Session, Target

FAST = {"pysnmp": False, "gufo": True}


def asked(client: str, target: Target, ask: Callable[[Session], Awaitable[Any]]) -> Any:
    """What comes of it; skips where gufo-snmp is not installed."""
    if FAST[client]:
        pytest.importorskip("gufo.snmp", reason="gufo-snmp is not installed (pip install 'yiwang[fast-snmp]')")

    async def run() -> Any:
        opened = open_client(fast=FAST[client])
        session = opened.session(target)
        try:
            return await ask(session)
        finally:
            session.close()
            opened.close()

    return asyncio.run(run())
