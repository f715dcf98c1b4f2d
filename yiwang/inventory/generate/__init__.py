"""Making a new estate from the divisions table: what ``yiwang init`` writes.

``design`` builds the objects of each level, ``ports`` names the interfaces of a platform,
``text`` writes them as YAML that people like to edit, ``folder`` puts them in place.
"""
