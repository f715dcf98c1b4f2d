"""How long a device is waited for."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds: until a connection is taken, without an answer after that, and of silence after a prompt.

    ``settle`` is 0 where the first prompt counts; on the second try, a prompt counts only when nothing follows it.
    """

    connect: float = 10.0
    silence: float = 30.0
    settle: float = 0.0

    def slower(self) -> Pace:
        """For a second try."""
        return replace(self, connect=self.connect * 2, silence=self.silence * 3, settle=1.0)
