"""Hiding the secrets in use in every text that leaves the engine."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from yiwang.core.vault.secret import MASK, Secret

SHORTEST_LINE = 8
_KEY = os.urandom(32)


class Masking:
    """The secrets that were opened so far; each is hidden from the moment it is opened."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._hidden: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> Secret:
        """Hide this one from now on, in its usual disguises too."""
        self._hidden.update(_disguises(secret.reveal()))
        longest_first = sorted(self._hidden, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        return secret

    @property
    def fingerprint(self) -> str:
        """The same for the same secrets, within this process only."""
        hidden = "\0".join(sorted(self._hidden)).encode("utf-8", "surrogateescape")
        return blake2b(hidden, key=_KEY, digest_size=16).hexdigest()

    def mask(self, text: str) -> str:
        """The text with every secret replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def is_clear(self, text: str) -> bool:
        """Whether no secret shows in the text."""
        return self._pattern is None or self._pattern.search(text) is None

    def mask_value(self, value: Any) -> Any:
        """Plain data with every secret replaced."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {self.mask(str(key)): self.mask_value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_value(each) for each in value]
        return value


def _disguises(text: str) -> Iterator[str]:
    """The text as a shell, JSON, base64 and a listing by lines would write it."""
    whole = text.strip("\n")
    if not whole:
        return
    yield from (text, whole, shlex.quote(whole), json.dumps(whole)[1:-1], json.dumps(whole, ensure_ascii=False)[1:-1])
    if len(whole) >= SHORTEST_LINE:
        for content in (text, whole):
            yield base64.b64encode(content.encode("utf-8", "surrogateescape")).decode().rstrip("=")
    # A key of several lines is shown line by line in a diff.
    yield from (line for line in whole.splitlines() if len(line) >= SHORTEST_LINE)
