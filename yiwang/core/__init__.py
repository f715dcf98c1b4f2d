"""Ground floor: errors, settings, database, evidence, jobs, vault, journal, i18n.

Nothing here knows what an estate is; every other part stands on it.
"""
