"""What a device knows of itself: ``device.json`` and the files beside its configuration."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from yiwang.lab.personality.engine.meaning import plain

DEVICE_FILE = "/etc/yiwang/device.json"


@dataclass(frozen=True)
class Device:
    """A device of the lab, or a fake of a user's test.

    ``ports`` are declared → kernel names; ``apply`` is the command that makes the running
    configuration true, empty where there is no router behind the command line; ``enable`` is a
    password as :func:`hashed` writes it, empty where none is asked.
    """

    name: str
    platform: str
    state: Path
    ports: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    enable: str = ""
    is_candidate: bool = False
    model: str = ""
    location: str = ""
    apply: tuple[str, ...] = ()

    @property
    def running(self) -> Path:
        """The configuration in force."""
        return self.state / "running.cfg"

    @property
    def startup(self) -> Path:
        """The saved configuration."""
        return self.state / "startup.cfg"

    def kernel(self, interface: str) -> str:
        """The kernel's name of an interface; empty when the device has no such port."""
        return self._kernel_names.get(plain(interface), "")

    @cached_property
    def _kernel_names(self) -> dict[str, str]:
        return {plain(declared): kernel for declared, kernel in self.ports.items()}

    @property
    def serial(self) -> str:
        """A serial number that only this device has, and always the same."""
        return "YW" + hashlib.sha256(self.name.encode()).hexdigest()[:12].upper()

    def document(self) -> dict[str, Any]:
        """The device as ``device.json``, which everybody may read: without the password."""
        kept = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "enable"}
        return kept | {"state": str(self.state), "ports": dict(self.ports), "apply": list(self.apply)}


def load(file: str | Path = DEVICE_FILE) -> Device:
    """The device that a ``device.json`` describes; a file ``enable`` beside it holds the stored password."""
    data = json.loads(Path(file).read_text("utf-8"))
    enable = Path(file).with_name("enable")
    with contextlib.suppress(OSError):
        data["enable"] = enable.read_text("ascii").strip()
    return Device(**data | {"state": Path(data["state"]), "apply": tuple(data["apply"])})


def hashed(password: str, salt: bytes) -> str:
    """A password as it may be stored: salted PBKDF2-SHA256."""
    return f"{salt.hex()}${hashlib.pbkdf2_hmac('sha256', password.encode(), salt, 20_000).hex()}"


def is_password(given: str, stored: str) -> bool:
    """Whether a typed password is the stored one."""
    return hmac.compare_digest(hashed(given, bytes.fromhex(stored.partition("$")[0])), stored)
