"""The waves of rollouts: whom their rules mean can be read."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, UsageError
from yiwang.inventory.estate import Estate
from yiwang.inventory.selector import parse_selector


def check(estate: Estate) -> Iterator[Finding]:
    """Every selector of the declared waves."""
    declared = estate.declared.single.get("rollout")
    if declared is None:
        return
    for index, rule in enumerate(estate.rollout.waves):
        for key in ("select", "lead"):
            try:
                parse_selector(getattr(rule, key))
            except UsageError as error:
                yield Finding(error.error, "error", declared.position("waves", index, key), "rollout", error.values)
