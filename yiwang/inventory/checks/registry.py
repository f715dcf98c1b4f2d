"""The checks in force, in the order they run."""

from yiwang.inventory.checks import (
    Check,
    exchanges,
    links,
    milestones,
    organisations,
    references,
    regions,
    services,
    systems,
    topology,
    zones,
)

CHECKS: tuple[Check, ...] = (
    regions.check,
    references.check,
    zones.check,
    services.check,
    links.check,
    organisations.check,
    systems.check,
    exchanges.check,
    milestones.check,
    topology.check,
)
