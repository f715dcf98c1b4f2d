"""Every file that a device of the lab needs beyond the image."""

from __future__ import annotations

from dataclasses import dataclass, field

from yiwang.core.vault.secret import Secret
from yiwang.lab.seed import Seed


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """Read access over SNMP: a community (version 2c), or a user with SHA-256 and AES-128 (version 3)."""

    version: str = "3"
    community: Secret | None = None
    user: str = "yiwang"
    auth: Secret | None = None
    privacy: Secret | None = None
    port: int = 161


@dataclass(frozen=True, slots=True)
class DeviceSeed:
    """What a device of the lab is to be.

    ``configuration`` is in the vendor's syntax, ``ports`` are pairs of the declared and the kernel's
    name, ``account`` is the user whose login shell is the personality.
    """

    name: str
    platform: str
    configuration: str = field(repr=False)
    ports: tuple[tuple[str, str], ...] = ()
    account: str = "yiwang"
    snmp: SnmpAccess | None = None
    enable: Secret | None = None
    candidate: bool = False
    location: str = ""


def seed(device: DeviceSeed) -> Seed:
    """Path without a leading slash → the file there."""
    raise NotImplementedError
