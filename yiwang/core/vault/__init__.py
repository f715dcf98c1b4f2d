"""Secrets: references in the estate, encrypted files in the vault, plain text only at the last moment."""
