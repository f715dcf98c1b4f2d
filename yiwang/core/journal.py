"""The journal: who did what, each entry chained to the one before by its hash.

The database refuses changes; should someone take that protection away and edit, remove
or reorder entries, the chain no longer fits and :func:`verify` says where.  Cutting off
the end, or rewriting the whole chain, shows only against an *anchor*: the number of
entries and the last hash, kept somewhere that the writer of the database cannot reach.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text

from yiwang.core.canonical import canonical
from yiwang.core.database import schema
from yiwang.core.database.tables import journal
from yiwang.core.database.types import utc_now
from yiwang.core.errors import DatabaseError, ErrorCode, JournalError, code
from yiwang.core.i18n import N_, fill

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yiwang.core.database.connection import Database

BROKEN = code(
    "E0401",
    N_("the journal does not verify: {count} problem(s) in {entries} entries"),
    N_("keep the database as it is, take a copy, and compare it with the last exported journal"),
    N_(
        "Entries were changed, removed or reordered outside Yiwang, or the file was damaged. The problems above name "
        "the first entry that no longer fits; every entry before it is as it was written."
    ),
)
ALTERED = code(
    "E0402", N_("entry {sequence} was altered: its content does not match its hash"), N_("compare it with an export")
)
GAP = code(
    "E0403",
    N_("entry {sequence} stands where entry {expected} was expected"),
    N_("entries were removed or reordered; compare with an export"),
)
UNCHAINED = code(
    "E0404",
    N_("entry {sequence} does not follow from the entry before it"),
    N_("an entry before it was replaced or removed; compare with an export"),
)
TRUNCATED = code(
    "E0405",
    N_("the journal has {entries} entries, but the anchor was taken at {anchored}"),
    N_("the end was cut off, or this is another journal"),
)
REWRITTEN = code(
    "E0406",
    N_("entry {sequence} is not the one that the anchor was taken at"),
    N_("the journal was rewritten, or this is another journal"),
)
UNREADABLE_LINE = code("E0407", N_("line {line} is not a journal entry"), N_("export the journal again"))
UNGUARDED = code(
    "E0408",
    N_("the database no longer refuses changes to the journal"),
    N_("find out who removed the triggers, then restore them from a backup of the schema"),
)
BAD_ANCHOR = code(
    "E0409",
    N_('"{given}" is not an anchor'),
    N_("give ENTRIES:HASH, or the file that `yiwang journal export --anchor` wrote"),
)

GENESIS = "0" * 64
APPEND_LOCK = 0x79696A6E
_GUARDS = {"journal_update_append_only", "journal_delete_append_only"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``time`` is ISO 8601 in UTC with microseconds, ``detail`` plain data."""

    sequence: int
    time: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str

    def line(self) -> str:
        """The canonical JSON line of an export."""
        return canonical(asdict(self))


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far a journal had come: the number of entries and the hash of the last one."""

    entries: int
    hash: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.hash}"


EMPTY = Anchor(0, GENESIS)
"""The anchor of a journal without entries."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a journal does not verify."""

    error: ErrorCode
    values: Mapping[str, Any]

    @property
    def message(self) -> str:
        """What is wrong, in the current language."""
        return fill(self.error.message, self.values)


@dataclass(frozen=True, slots=True)
class Verification:
    """What :func:`verify` found; ``head`` anchors the journal as it was read."""

    head: Anchor
    problems: tuple[Problem, ...]

    def require(self) -> None:
        """Raise JournalError (E0401) when there are problems."""
        if self.problems:
            raise JournalError(BROKEN, count=len(self.problems), entries=self.head.entries)


def entry_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of everything but the hash itself."""
    body = {key: value for key, value in content.items() if key != "hash"}
    return hashlib.sha256(canonical(body).encode()).hexdigest()


class Journal:
    """The journal of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> Entry:
        """Append one entry and return it.

        Raises:
            DatabaseError: the detail is not plain data (E0310) or holds a secret (E0311).
        """
        with self._database.writing() as connection:
            return append(connection, actor, action, subject, detail)

    def entries(self, *, after: int = 0, newest: int | None = None) -> Iterator[Entry]:
        """Entries in order; with ``newest`` only the last so many."""
        query = select(journal).where(journal.c.sequence > after)
        with self._database.reading() as connection:
            if newest is not None:
                rows = connection.execute(query.order_by(journal.c.sequence.desc()).limit(newest)).all()
                yield from map(_entry, reversed(rows))
                return
            streaming = connection.execution_options(yield_per=1000)
            yield from map(_entry, streaming.execute(query.order_by(journal.c.sequence)))

    def verify(self, anchor: Anchor | None = None) -> Verification:
        """Check the whole chain, that it reaches ``anchor``, and that the database still guards it."""
        checked = verify(self.entries(), anchor)
        with self._database.reading() as connection:
            guarded = schema.guards(connection) >= _GUARDS
        return checked if guarded else Verification(checked.head, (*checked.problems, Problem(UNGUARDED, {})))

    def head(self) -> Anchor:
        """The anchor of the journal as it is now."""
        with self._database.reading() as connection:
            return _head(connection)


def append(
    connection: Connection, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> Entry:
    """As :meth:`Journal.append`, inside the caller's writing transaction: both happen or neither."""
    if connection.dialect.name == "postgresql":
        # Held until the end of the transaction; on SQLite the write lock does the same.
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": APPEND_LOCK})
    head = _head(connection)
    content: dict[str, Any] = {
        "sequence": head.entries + 1,
        "time": _iso(utc_now()),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": json.loads(canonical(dict(detail or {}))),
        "previous": head.hash,
    }
    content["hash"] = entry_hash(content)
    connection.execute(insert(journal), content | {"detail": canonical(content["detail"])})
    return Entry(**content)


def verify(entries: Iterable[Entry | Problem], anchor: Anchor | None = None) -> Verification:
    """Check a chain from its first entry; a Problem among the entries is passed on."""
    problems: list[Problem] = []
    count, previous = 0, GENESIS
    for each in entries:
        count += 1
        if isinstance(each, Problem):
            problems.append(each)
            continue
        problems += _problems(each, count, previous)
        if anchor and count == anchor.entries and each.hash != anchor.hash:
            problems.append(Problem(REWRITTEN, {"sequence": each.sequence}))
        previous = each.hash
    if anchor and count < anchor.entries:
        problems.append(Problem(TRUNCATED, {"entries": count, "anchored": anchor.entries}))
    return Verification(Anchor(count, previous), tuple(problems))


def _problems(entry: Entry, expected: int, previous: str) -> Iterator[Problem]:
    if entry.sequence != expected:
        yield Problem(GAP, {"sequence": entry.sequence, "expected": expected})
    if entry.previous != previous:
        yield Problem(UNCHAINED, {"sequence": entry.sequence})
    if not _matches(entry):
        yield Problem(ALTERED, {"sequence": entry.sequence})


def _matches(entry: Entry) -> bool:
    try:
        return entry_hash(asdict(entry)) == entry.hash
    except DatabaseError:
        return False


def read_export(lines: Iterable[str]) -> Iterator[Entry | Problem]:
    """The entries of an exported journal; a line that is not exactly as it was exported is a Problem."""
    for number, line in enumerate(lines, 1):
        try:
            entry = Entry(**json.loads(line))
            is_exact = entry.line() == line.removesuffix("\n")
        except (ValueError, TypeError, DatabaseError, RecursionError):
            is_exact = False
        yield entry if is_exact else Problem(UNREADABLE_LINE, {"line": number})


def parse_anchor(given: str) -> Anchor:
    """An anchor from ``ENTRIES:HASH`` or from the file that holds it.

    Raises:
        JournalError: it is neither (E0409).
    """
    file = Path(given)
    written = file.read_text(encoding="utf-8").strip() if file.is_file() else given
    entries, _colon, digest = written.partition(":")
    if not entries.isascii() or not entries.isdigit() or len(digest) != len(GENESIS):
        raise JournalError(BAD_ANCHOR, given=given)
    return Anchor(int(entries), digest.lower())


def _head(connection: Connection) -> Anchor:
    newest = select(journal.c.sequence, journal.c.hash).order_by(journal.c.sequence.desc()).limit(1)
    row = connection.execute(newest).first()
    return Anchor(row.sequence, row.hash) if row else EMPTY


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _entry(row: Any) -> Entry:
    try:
        detail = json.loads(row.detail)
        is_exact = canonical(detail) == row.detail
    except (ValueError, TypeError, DatabaseError, RecursionError):
        is_exact = False
    # A text that is not what we wrote is kept as it is: no hash of ours fits it.
    detail = detail if is_exact else row.detail
    return Entry(row.sequence, row.time, row.actor, row.action, row.subject, detail, row.previous, row.hash)
