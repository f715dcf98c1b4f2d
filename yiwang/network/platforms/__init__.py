"""Platforms: everything that makes one vendor's devices differ from another's, as tables of data.

A platform is one YAML file.  Yiwang brings those beside this module; a package adds a folder of its own with
the entry point group ``yiwang.platforms``, an estate with its folder ``platforms``.
"""
