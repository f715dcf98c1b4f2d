"""Verdicts by what they depend on, so that a configuration that did not change is not judged again.

The key is the content itself with the rules, the platforms and the engine: never a time stamp, never a name.
What is remembered holds no secret, for findings hold none, and can always be made again: a damaged, foreign
or unwritable file is simply not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path

from yiwang import __version__
from yiwang.core.i18n import language
from yiwang.network.audit.subject import Subject
from yiwang.network.platforms.catalogue import UNSUPPORTED
from yiwang.network.platforms.model import Platform
from yiwang.network.rules.load import RuleBook

KEY_LENGTH = 20
MOST = 100_000
"""Verdicts that are kept, the last that were made: about 200 MiB."""
WAIT_SECONDS = 5.0

Known = tuple[str, bytes]
"""A platform's name and a packed report."""


class Memory:
    """Verdicts in a file, for audits by the rules and platforms given.  Every process opens its own."""

    def __init__(self, file: Path, book: RuleBook, platforms: Mapping[str, Platform]) -> None:
        self.file = file
        self._basis = basis(book, platforms)

    def key(self, content: bytes, subject: Subject) -> bytes:
        """What the verdict on a configuration depends on, as one hash."""
        found = hashlib.blake2b(content, key=self._basis, digest_size=KEY_LENGTH)
        found.update(f"\0{subject.platform}\0{subject.version or ''}".encode("utf-8", "surrogatepass"))
        return found.digest()

    def get(self, key: bytes) -> Known | None:
        """The verdict of a key, or None."""
        with contextlib.suppress(sqlite3.Error):
            found = self._database.execute("SELECT platform, report FROM verdict WHERE key = ?", (key,)).fetchone()
            return found if found and isinstance(found[0], str) and isinstance(found[1], bytes) else None
        return None

    def put(self, known: Iterable[tuple[bytes, Known]]) -> None:
        """Remember verdicts; all of them or, where the file cannot be written, none."""
        rows = [(key, *each) for key, each in known]
        if not rows:
            return
        with contextlib.suppress(sqlite3.Error, OSError), self._database as database:
            database.executemany("INSERT OR REPLACE INTO verdict (key, platform, report) VALUES (?, ?, ?)", rows)
            database.execute("DELETE FROM verdict WHERE number <= (SELECT max(number) FROM verdict) - ?", (MOST,))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if "_database" in self.__dict__:
            self._database.close()
            del self._database

    @cached_property
    def _database(self) -> sqlite3.Connection:
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = sqlite3.connect(self.file, timeout=WAIT_SECONDS)
        try:
            database.execute(
                "CREATE TABLE IF NOT EXISTS verdict (number INTEGER PRIMARY KEY AUTOINCREMENT,"
                " key BLOB UNIQUE NOT NULL, platform TEXT NOT NULL, report BLOB NOT NULL)"
            )
        except sqlite3.Error:
            database.close()
            raise
        return database


def basis(book: RuleBook, platforms: Mapping[str, Platform]) -> bytes:
    """The hash of everything but the configuration that verdicts depend on."""
    found = hashlib.blake2b(f"{__version__} {language()}".encode(), digest_size=64)
    found.update(_engine())
    for id, rule in book.rules.items():
        for check in rule.checks:
            asked = "\0".join(each.model_dump_json() for each in check.require)
            found.update(f"\1{id}\0{','.join(check.platforms)}\0{asked}".encode("utf-8", "surrogatepass"))
    for name, platform in platforms.items():
        found.update(f"\2{name}\0{platform.model_dump_json()}".encode("utf-8", "surrogatepass"))
    return found.digest()


@cache
def _engine() -> bytes:
    """The hash of the code that judges and of the platforms that are not supported: a newer engine judges anew."""
    network = Path(__file__).parent.parent
    code = (file for part in ("audit", "configuration", "platforms", "rules") for file in (network / part).glob("*.py"))
    found = hashlib.blake2b()
    for file in sorted((*code, *UNSUPPORTED.glob("*.yaml"))):
        found.update(file.read_bytes())
    return found.digest()
