"""Debian packages: where they come from, how they are fetched, indexed and signed."""
