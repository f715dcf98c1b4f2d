"""The checks in force, in the order they run."""

from yiwang.inventory.checks import Check

CHECKS: tuple[Check, ...] = ()
