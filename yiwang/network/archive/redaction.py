"""Taking secrets out of a configuration: ``<secret-0123456789abcdef>`` is a digest under the archive's key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yiwang.core.vault.secret import Secret
from yiwang.network.platforms.model import Platform

DIGITS = 16
TAG = re.compile(r"<secret-(?:weak-)?(?P<digest>[0-9a-f]{16})>")
"""What stands in the place of a secret; ``weak`` marks one that every attacker tries first."""
WELL_KNOWN = frozenset(
    [
        "public",
        "private",
        "admin",
        "administrator",
        "root",
        "cisco",
        "huawei",
        "h3c",
        "zte",
        "ruijie",
        "manager",
        "monitor",
        "security",
        "community",
        "password",
        "passwd",
        "secret",
        "default",
        "test",
        "guest",
        "user",
        "123456",
        "12345678",
        "admin123",
        "admin@123",
        "admin@huawei.com",
        "huawei@123",
        "huawei123",
        "changeme_123",
        "zebra",
        "yiwang",
    ]
)
_KEY_BLOCK = re.compile(r"(?ms)^([^\n]*-----BEGIN [A-Z ]*PRIVATE KEY-----\n)(?P<secret>.*?)(\n[^\n]*-----END )")


@dataclass(frozen=True, slots=True)
class Redaction:
    """Redacts under one key; the same secret gets the same digest on every device."""

    key: Secret

    def text(self, platform: Platform, text: str) -> str:
        """The text with every secret that the platform's table names taken out."""
        whole = _KEY_BLOCK.sub(lambda found: f"{found[1]}{self.tag(found['secret'])}{found[3]}", text)
        return "".join(self._lines(platform, whole))

    def tag(self, value: str) -> str:
        """What stands in the place of a secret."""
        bare = value.strip("\"'")
        digest = hmac.digest(self.key.reveal().encode(), bare.encode("utf-8", "surrogatepass"), "sha256").hex()
        weak = "weak-" if bare.lower() in WELL_KNOWN else ""
        return f"<secret-{weak}{digest[:DIGITS]}>"

    def _lines(self, platform: Platform, text: str) -> Iterator[str]:
        section = ""
        for line in text.splitlines(keepends=True):
            if not line.startswith(" "):
                section = line
            yield self._line(platform, line, section)

    def _line(self, platform: Platform, line: str, section: str) -> str:
        for secret in platform.secrets:
            if secret.within is None or secret.within.search(section):
                line = _replaced(secret.line, line, self.tag)
        return line


def _replaced(expression: re.Pattern[str], line: str, tag: Callable[[str], str]) -> str:
    at = 0
    while found := expression.search(line, at):
        start, end = found.span("secret")
        # Found before by another expression.
        if not TAG.match(found["secret"]):
            shown = tag(found["secret"])
            line = f"{line[:start]}{shown}{line[end:]}"
            end = start + len(shown)
        at = max(end, at + 1)
    return line


def tags_in(text: str) -> Iterator[str]:
    """The digests of the secrets that were taken out of a text."""
    return (found["digest"] for found in TAG.finditer(text))
