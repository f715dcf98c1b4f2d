"""Yiwang (一网): declares a government estate as code and makes it true."""

__version__ = "0.1.0"
