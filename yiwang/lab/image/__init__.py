"""The node image: the root file system that every host of a lab stands on.

``packages.yaml`` says what is installed in it, ``tree/`` and ``differences.yaml`` in what it differs
from a fresh Debian.  It is built once from this machine's own package sources, and kept by content.
"""
