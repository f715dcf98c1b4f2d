"""Addresses: pools carved from blocks, level by level, and single addresses taken from them.

What the files declare is the only state.  ``space`` finds the first free aligned block,
``demand`` says how much a territory needs, ``blocks`` where an estate's blocks lie by
default, ``carve`` plans the pools of a new estate, ``book`` hands out addresses, ``pools``
shows how full an estate's pools are, ``allocate`` adds what a declared estate lacks.
"""
