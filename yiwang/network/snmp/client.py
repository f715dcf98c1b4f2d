"""Choosing the client: the fast one where gufo-snmp is installed, else the reference."""

from __future__ import annotations

from importlib.util import find_spec

from yiwang.network.snmp.session import Client


def has_fast() -> bool:
    """Whether gufo-snmp is installed."""
    return find_spec("gufo") is not None and find_spec("gufo.snmp") is not None


def open_client(*, fast: bool | None = None) -> Client:
    """A client for this event loop; ``fast``: None for where it can be, False for the reference alone."""
    if has_fast() if fast is None else fast:
        from yiwang.network.snmp.fast.session import FastClient

        return FastClient()
    from yiwang.network.snmp.reference.session import ReferenceClient

    return ReferenceClient()
