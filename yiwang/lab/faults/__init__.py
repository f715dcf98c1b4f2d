"""Faults on demand: one file each, every one of them reversible and bounded."""
