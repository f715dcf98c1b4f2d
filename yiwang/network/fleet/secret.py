"""Secrets in configurations, as keyed digests: equal ones are seen, none is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from yiwang.network.archive.redaction import TAG
from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.redaction import redacted
from yiwang.network.fleet.view import SecretMark, Spot
from yiwang.network.platforms.model import Platform, SecretLine

COMPARED = ("password", "community")
"""Kinds that each device should have for itself; a protocol's neighbours must share their key."""
SHARED = re.compile(r"^\s*(?:neighbor|peer|mpls ldp|isis|area-|domain-|ppp|ip ospf|ip rip)", re.IGNORECASE)
"""Lines whose secret both ends of a session must have."""
REMEMBERED = 100_000

Found = tuple[tuple[str, str], ...]
"""Kind and digest of each secret of a line."""
NOTHING: tuple[str, Found] = ("", ())


class SecretReader:
    """Finds the secrets of one platform's configurations; a distinct line is searched once."""

    def __init__(self, platform: Platform, grammar: Grammar, tag: Callable[[str], str]) -> None:
        self._grammar = grammar
        self._lines = [each for each in platform.secrets if each.kind in COMPARED]
        self._tag = tag
        self._is_sectioned = any(each.within for each in self._lines)
        self._known: dict[str, tuple[str, Found]] = {}

    def marks(self, text: str) -> Iterator[SecretMark]:
        """Every secret that is compared, in the order of lines."""
        section = ""
        for number, line in enumerate(text.split("\n"), 1):
            if not line.startswith(" "):
                section = line.rstrip("\r")
            key = f"{section}\n{line}" if self._is_sectioned else line
            shown, found = self._known.get(key) or self._remembered(key, line, section)
            if found:
                spot = Spot(number, shown, (section,) if line.startswith(" ") else ())
                yield from (SecretMark(kind, digest, spot) for kind, digest in found)

    def _remembered(self, key: str, line: str, section: str) -> tuple[str, Found]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        found = () if SHARED.match(line) else tuple(self._searched(line.rstrip("\r"), section))
        self._known[key] = (redacted(line, self._grammar).strip(), found) if found else NOTHING
        return self._known[key]

    def _searched(self, line: str, section: str) -> Iterator[tuple[str, str]]:
        taken: set[int] = set()
        for secret in self._lines:
            match = secret.line.search(line) if _is_within(secret, section) else None
            if match and match.start("secret") not in taken:
                taken.add(match.start("secret"))
                yield secret.kind, self._digest(match["secret"])

    def _digest(self, value: str) -> str:
        tagged = TAG.match(value) or TAG.match(self._tag(value))
        return tagged["digest"] if tagged else ""


def _is_within(secret: SecretLine, section: str) -> bool:
    return secret.within is None or bool(secret.within.search(section))
