"""Hiding secrets in lines that are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from yiwang.network.configuration.grammar import Grammar

HIDDEN = "***"


_FLAGS = re.compile(r"\(\?[aimsux]+\)")


def any_of(secrets: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    """One expression by which most lines are told to hold no secret; what it finds may still be none."""
    texts = (_FLAGS.sub("", each.pattern).replace("?P<secret>", "?:") for each in secrets)
    return re.compile("|".join(f"(?:{each})" for each in texts) or r"(?!)", re.MULTILINE | re.IGNORECASE)


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
