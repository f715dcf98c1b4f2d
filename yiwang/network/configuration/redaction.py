"""Hiding secrets in lines that are shown."""

from __future__ import annotations

import re

from yiwang.network.configuration.grammar import Grammar

HIDDEN = "***"


def redacted(line: str, grammar: Grammar) -> str:
    """The line with every secret of the platform's table hidden."""
    for secret in grammar.secrets:
        line = _hidden(line, secret)
    return line


def _hidden(line: str, secret: re.Pattern[str]) -> str:
    for found in reversed(list(secret.finditer(line))):
        start, end = found.span("secret")
        if start >= 0:
            line = f"{line[:start]}{HIDDEN}{line[end:]}"
    return line
