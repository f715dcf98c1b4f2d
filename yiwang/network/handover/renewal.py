"""Renewal: new secrets in the vault, and the lines that put them onto each device, without the secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from yiwang.core.vault.generate import generate
from yiwang.inventory.model.device import Device, Handover
from yiwang.inventory.reach import Reach

if TYPE_CHECKING:
    from yiwang.core.vault.store import Vault
    from yiwang.network.platforms.catalogue import Platforms
    from yiwang.network.platforms.model import ReadOnly


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be entered on a device; a secret stands as its reference in ``<…>``."""

    device: str
    platform: str
    lines: tuple[str, ...]


def references(devices: list[Reach]) -> tuple[str, ...]:
    """The references to the secrets that are renewed, each once; private keys are not among them."""
    found: dict[str, None] = {}
    for each in devices:
        assert isinstance(each.target, Device)
        if given := each.target.handover:
            own = (given.password, given.snmp.community, given.snmp.auth, given.snmp.privacy)
            found |= dict.fromkeys(reference for reference in own if reference)
    return tuple(found)


def mint(vault: Vault, wanted: tuple[str, ...]) -> None:
    """Put a new secret into each place; those in use until now are gone from the vault.

    Raises:
        VaultError: the vault has no key for one, or cannot be written.
    """
    for reference in wanted:
        vault.set(reference, generate())


def changes(devices: list[Reach], platforms: Platforms) -> Iterator[Change]:
    """What is to be entered on each device; nothing where nobody has said how its platform does it."""
    for each in devices:
        assert isinstance(each.target, Device)
        platform = platforms.find(str(each.target.platform))
        if (given := each.target.handover) and platform.read_only:
            yield Change(each.name, platform.title, tuple(_lines(platform.read_only, given)))


def _lines(rule: ReadOnly, given: Handover) -> Iterator[str]:
    snmp = given.snmp
    ssh = {"user": given.user, "password": _shown(given.password)}
    account = {
        "user": snmp.user or "",
        "community": _shown(snmp.community),
        "auth": _shown(snmp.auth),
        "privacy": _shown(snmp.privacy),
        "auth_protocol": snmp.auth_protocol,
        "privacy_protocol": snmp.privacy_protocol,
    }
    for lines, values in ((rule.account, ssh), (rule.community if snmp.version == "2c" else rule.user, account)):
        yield from (line.format_map(values) for line in lines if all(values.get(name) for name in _names(line)))


def _shown(reference: str | None) -> str:
    return f"<{reference}>" if reference else ""


def _names(line: str) -> list[str]:
    return [name for _text, name, _form, _conversion in Formatter().parse(line) if name]
