"""What one target is to be: components in their order, with resolved values and references to secrets.

It is plain data, so that it can be stored with a plan, approved, and sent to another site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

from yiwang.core.canonical import canonical


@dataclass(frozen=True, slots=True)
class Part:
    """One component with its values; ``code`` is the digest of the component's own files."""

    component: str
    values: Mapping[str, Any]
    code: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {"component": self.component, "values": dict(self.values), "code": self.code}


@dataclass(frozen=True)
class Specification:
    """What a target is to be."""

    target: str
    parts: tuple[Part, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {"target": self.target, "parts": [part.plain() for part in self.parts]}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Specification:
        """From JSON-able data."""
        return cls(data["target"], tuple(Part(**part) for part in data["parts"]))

    @cached_property
    def digest(self) -> str:
        """Of everything that is to be, and of what decides it: the target, the components and pyinfra.

        Raises:
            DatabaseError: a value is not plain data, or a secret in clear text.
        """
        return blake2b(f"{self.target} {self.parts_digest}".encode(), digest_size=32).hexdigest()

    @cached_property
    def parts_digest(self) -> str:
        """The same without the target: equal for all that are to be the same."""
        parts = [part.plain() for part in self.parts]
        return blake2b(canonical([_pyinfra(), parts]).encode(), digest_size=32).hexdigest()


@cache
def _pyinfra() -> str:
    return version("pyinfra")
