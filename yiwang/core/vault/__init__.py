"""Secrets: references in the estate, encrypted files in the vault, plain text only at the last moment.

One file for each secret, in ansible-vault's format and readable by ``ansible-vault view``:
two people who set two secrets never meet in git.  The rules in ``ids.yaml`` say for which
vault id, and so with which key, a path is encrypted.
"""
