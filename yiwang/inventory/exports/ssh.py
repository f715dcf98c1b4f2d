"""OpenSSH: a configuration with every target by its name, and the pinned host keys.

A target whose keys are pinned is only ever reached with one of them; for any other, ssh asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from yiwang.core.errors import UsageError
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import UNFIT_VALUE
from yiwang.inventory.reach import Reach, find_reach, reaches
from yiwang.inventory.selector import Selector

_KEY = re.compile(r"(?:^|\s)((?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+)\s+([A-Za-z0-9+/]+={0,3})(?:\s|$)")
_UNFIT = re.compile(r"[\x00-\x1f\x7f\"'\\]|^-")


def files(estate: Estate, selector: Selector | None, folder: Path) -> dict[str, bytes]:
    """``config`` and ``known_hosts``; use them with ``ssh -F folder/config NAME``.

    Raises:
        UsageError: a value could be read as further lines of the file (E1203).
    """
    wanted = _with_bastions(estate, tuple(reaches(estate, selector)))
    known = (folder / "known_hosts").absolute()
    config = [line for reach in wanted for line in _host(reach, known)]
    keys = [line for reach in wanted for line in _keys(reach)]
    head = "# Written by `yiwang inventory export ssh`.\n"
    return {name: (head + "".join(lines)).encode() for name, lines in (("config", config), ("known_hosts", keys))}


def _with_bastions(estate: Estate, wanted: tuple[Reach, ...]) -> tuple[Reach, ...]:
    found = {reach.name: reach for reach in wanted if reach.host}
    waiting = [reach.via for reach in found.values() if reach.via]
    while waiting:
        bastion = find_reach(estate, waiting.pop())
        if bastion and bastion.host and bastion.name not in found:
            found[bastion.name] = bastion
            waiting += [bastion.via] if bastion.via else []
    return tuple(found[name] for name in sorted(found))


def _host(reach: Reach, known: Path) -> Iterator[str]:
    yield f"\nHost {_fit(reach, reach.name)}\n"
    yield f"    HostName {_fit(reach, reach.host)}\n"
    yield f"    HostKeyAlias {reach.name}\n"
    yield f"    Port {reach.port}\n"
    yield f'    User "{_fit(reach, reach.user)}"\n'
    if reach.via:
        yield f"    ProxyJump {_fit(reach, reach.via)}\n"
    if reach.host_keys:
        yield f'    UserKnownHostsFile "{known}"\n'
        yield "    StrictHostKeyChecking yes\n"
        yield "    UpdateHostKeys no\n"
        yield f"    HostKeyAlgorithms {','.join(_algorithms(reach))}\n"


def _algorithms(reach: Reach) -> Iterator[str]:
    # Without this, ssh may ask for a kind of key that is not pinned, and then refuse it.
    kinds = {kind for kind, _key in _pairs(reach)}
    for kind in sorted(kinds):
        if kind == "ssh-rsa":
            yield "rsa-sha2-512"
            yield "rsa-sha2-256"
        else:
            yield kind


def _keys(reach: Reach) -> Iterator[str]:
    for kind, key in _pairs(reach):
        yield f"{reach.name} {kind} {key}\n"


def _pairs(reach: Reach) -> Iterator[tuple[str, str]]:
    for text in reach.host_keys:
        found = _KEY.search(text)
        if found is None:
            raise UsageError(UNFIT_VALUE, subject=reach.name, given=text[:40], format="ssh")
        yield found[1], found[2]


def _fit(reach: Reach, value: str) -> str:
    if _UNFIT.search(value):
        raise UsageError(UNFIT_VALUE, subject=reach.name, given=ascii(value[:40]), format="ssh")
    return value
