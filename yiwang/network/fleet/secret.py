"""Secrets in configurations, as keyed digests: equal ones are seen, none is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from yiwang.network.archive.redaction import TAG
from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.redaction import any_of, redacted
from yiwang.network.fleet.view import SecretMark, Spot
from yiwang.network.platforms.model import Platform, SecretLine

COMPARED = ("password", "community")
"""Kinds that each device should have for itself; a protocol's neighbours must share their key."""
SHARED = re.compile(
    r"^\s*(?:neighbor|peer|mpls ldp|isis|area-\w+|domain-\w+|ppp|(?:ip )?(?:ospf|rip)|vrrp|standby|glbp"
    r"|ntp|ntp-service|snmp-agent target-host|snmp-server host|ssh)\b",
    re.IGNORECASE,
)
"""Lines whose secret both ends of a session must have, and those that only name ciphers."""
REMEMBERED = 100_000

Found = tuple[tuple[SecretLine, str], ...]
"""Each expression that finds a secret in a line, with the secret's digest."""


class SecretReader:
    """Finds the secrets of one platform's configurations; a distinct line is searched once."""

    def __init__(self, platform: Platform, grammar: Grammar, tag: Callable[[str], str]) -> None:
        self._grammar = grammar
        self._lines = platform.secrets
        self._any = any_of(each.line for each in self._lines)
        self._tag = tag
        self._known: dict[str, Found] = {}

    def marks(self, text: str) -> Iterator[SecretMark]:
        """Every secret that is compared, in the order of lines."""
        known = self._known
        section = ""
        for number, line in enumerate(text.split("\n"), 1):
            if not line.startswith(" "):
                section = "" if line.startswith(("#", "!")) else line.rstrip("\r")
            found = known.get(line)
            if found is None:
                found = self._remembered(line)
            if found:
                yield from self._marks(found, line, section, number)

    def _marks(self, found: Found, line: str, section: str, number: int) -> Iterator[SecretMark]:
        spot = Spot(
            number, redacted(line, self._grammar).strip(), (section,) if section and line.startswith(" ") else ()
        )
        seen: set[str] = set()
        for secret, digest in found:
            if digest not in seen and (secret.within is None or secret.within.search(section)):
                seen.add(digest)
                yield SecretMark(secret.kind, digest, spot)

    def _remembered(self, line: str) -> Found:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        has_any = self._any.search(line) and not SHARED.match(line)
        self._known[line] = tuple(self._searched(line.rstrip("\r"))) if has_any else ()
        return self._known[line]

    def _searched(self, line: str) -> Iterator[tuple[SecretLine, str]]:
        taken: set[int] = set()
        for secret in self._lines:
            match = secret.line.search(line)
            if match is None or match.start("secret") in taken:
                continue
            # The first expression says what a secret is; the later ones are for whatever else is ciphered.
            taken.add(match.start("secret"))
            if secret.kind in COMPARED:
                tagged = TAG.match(match["secret"]) or TAG.match(self._tag(match["secret"]))
                yield secret, tagged["digest"] if tagged else ""
