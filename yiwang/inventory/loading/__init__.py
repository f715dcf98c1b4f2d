"""From a folder of YAML files to a resolved estate, with the place of every value.

``files`` finds what to read, ``cache`` keeps parsed files by content, ``declarations``
gathers the declared objects, ``layers`` says which values an object takes from where,
``load`` puts them together.
"""
