"""The checks in force, in the order they run."""

from yiwang.inventory.checks import (
    Check,
    addresses,
    exchanges,
    links,
    milestones,
    organisations,
    references,
    regions,
    routing,
    services,
    systems,
    topology,
    waivers,
    waves,
    zones,
)

CHECKS: tuple[Check, ...] = (
    regions.check,
    references.check,
    zones.check,
    services.check,
    links.check,
    addresses.check,
    routing.check,
    organisations.check,
    systems.check,
    exchanges.check,
    milestones.check,
    topology.check,
    waivers.check,
    waves.check,
)
