"""A check that found nothing to change, and all that decided it."""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.deploy.engine.sources import Sources, are_unchanged
from yiwang.deploy.engine.specification import Specification


@dataclass(frozen=True, slots=True)
class Clean:
    """Nothing was to be changed.

    pyinfra's verdict depends on nothing else than what stands here, so as long as it is the same there is
    nothing to change either, and no operation need be asked.
    """

    specification_digest: str
    facts_digest: str
    sources: Sources = ()

    def may_hold(self, specification: Specification) -> bool:
        """Whether it still holds, provided that the target answers the same."""
        return self.specification_digest == specification.digest and are_unchanged(self.sources)
