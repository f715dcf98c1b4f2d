"""Numbered migrations; the number is the revision."""
