"""One change to a target, as people approve it and machines compare it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

from yiwang.core.canonical import canonical

State = Literal["planned", "done", "failed", "not-run", "undone"]


@dataclass(frozen=True)
class Change:
    """What one operation would change, or has changed.

    ``kind`` is file, folder, link, line, package, service, user, group, sysctl or command; ``path`` names
    what is changed; ``diff`` is unified, from what is on the target to what is declared; ``commands`` is
    what is run.  ``unsure`` tells why it cannot be said yet, when it depends on a change before it.
    A change that the node itself put back is ``undone``; ``is_undone`` tells whether a rollback can do so.
    All texts are masked.
    """

    component: str
    operation: str
    title: str
    kind: str
    path: str
    diff: str = ""
    commands: tuple[str, ...] = ()
    unsure: str = ""
    state: State = "planned"
    is_undone: bool = True

    @cached_property
    def digest(self) -> str:
        """Of what is changed, whatever its state and in whatever language: equal digests are the same change."""
        plain = {key: value for key, value in self.plain().items() if key not in ("state", "title", "unsure")}
        return blake2b(canonical(plain).encode(), digest_size=16).hexdigest()

    def plain(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {
            "component": self.component,
            "operation": self.operation,
            "title": self.title,
            "kind": self.kind,
            "path": self.path,
            "diff": self.diff,
            "commands": list(self.commands),
            "unsure": self.unsure,
            "state": self.state,
            "is_undone": self.is_undone,
        }
