"""The way to a device, jump hosts first: as plain data with references, and with its secrets opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.vault.opening import OpenSecret
from yiwang.core.vault.secret import Secret
from yiwang.inventory.estate import Estate
from yiwang.inventory.reach import Reach, find_reach
from yiwang.network.collect.faults import CIRCLE, NO_ADDRESS, ReachError

SECRETS = ("private_key", "password", "enable")


@dataclass(frozen=True, slots=True)
class Hop:
    """An SSH server with an account on it; ``host_keys`` are its pinned keys as in ``known_hosts``."""

    name: str
    host: str
    port: int = 22
    user: str = ""
    host_keys: tuple[str, ...] = ()
    private_key: Secret | None = field(default=None, compare=False)
    password: Secret | None = field(default=None, compare=False)
    enable: Secret | None = field(default=None, compare=False)


Way = tuple[Hop, ...]
"""From us to the device."""


def way_to(estate: Estate, reach: Reach) -> list[dict[str, Any]]:
    """The way to a device with references to secrets only.

    Raises:
        ReachError: a host on it has no address (E3022), or the jump hosts form a circle (E3021).
    """
    chain = [reach]
    while chain[0].via and (jump := find_reach(estate, chain[0].via)):
        if jump in chain:
            raise ReachError(CIRCLE, name=reach.name, way=" → ".join(each.name for each in (*reversed(chain), jump)))
        chain.insert(0, jump)
    return [_plain(each) for each in chain]


def _plain(reach: Reach) -> dict[str, Any]:
    if not reach.host:
        raise ReachError(NO_ADDRESS, name=reach.name)
    account = getattr(reach.target, "credentials", None) or getattr(reach.target, "connection", None)
    return {
        "name": reach.name,
        "host": reach.host,
        "port": reach.port,
        "user": reach.user,
        "host_keys": list(reach.host_keys),
        **{each: getattr(account, each, None) or "" for each in SECRETS},
    }


def opened(way: Sequence[Mapping[str, Any]], secrets: OpenSecret) -> Way:
    """The way with its secrets opened at this last moment.

    Raises:
        VaultError, NotFoundError: a secret cannot be opened.
    """
    return tuple(_opened(each, secrets) for each in way)


def _opened(plain: Mapping[str, Any], secrets: OpenSecret) -> Hop:
    given = {name: secrets(plain[name]) for name in SECRETS if plain[name]}
    return Hop(plain["name"], plain["host"], plain["port"], plain["user"], tuple(plain["host_keys"]), **given)
