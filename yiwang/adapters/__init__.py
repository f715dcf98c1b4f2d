"""Departments' legacy systems: sources, mapping, canonical records, pipeline, ledger, registry, catalogue.

What belongs here: anything that moves a record from a department's system to the
unified platform (一网通办) or accounts for it on the way.
"""
