"""Departments' servers: what adapters connect to, each in a host of its own beside its exchange node."""
