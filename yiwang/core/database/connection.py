"""Opening the database and its two kinds of transactions: reading and writing."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from yiwang.core.database import schema
from yiwang.core.database.address import parse_url, shown_url
from yiwang.core.errors import DatabaseError, YiwangError, code
from yiwang.core.i18n import N_

UNREACHABLE = code(
    "E0302",
    N_("the database {url} cannot be used: {reason}"),
    N_("check database.url, that the server runs, the password file (~/.pgpass), and the disk"),
)
TOO_NEW = code(
    "E0303",
    N_("the database {url} has schema version {found}; this Yiwang knows only up to {known}"),
    N_("install the newer Yiwang that upgraded it, or restore a backup from before the upgrade"),
    N_("A newer schema is never touched by older code, because it cannot know what the change meant."),
)
TOO_OLD = code(
    "E0304",
    N_("the database {url} has schema version {found}; this Yiwang needs {known}"),
    N_("make a backup, stop the other Yiwang processes and run `yiwang database upgrade`"),
    N_("A shared PostgreSQL database is upgraded only on request, since other machines may still run older code."),
)
NO_FOLDER = code(
    "E0305",
    N_("the folder of the database cannot be made: {reason}"),
    N_("set state_folder or database.url to a place that you may write to"),
)
NOT_WAL = code(
    "E0306",
    N_("SQLite cannot use write-ahead logging at {url}"),
    N_("keep the file on a local disk, not on a network share; to share a database, use PostgreSQL"),
)
NOT_OURS = code(
    "E0307",
    N_("the database {url} holds tables of something else"),
    N_("give Yiwang a database of its own"),
)

BUSY_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
INSUFFICIENT_PRIVILEGE = "42501"
_WRITES = "yiwang_writes"


class Database:
    """An open database; share one among threads, never across a fork."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{_WRITES: True})

    @property
    def url(self) -> str:
        """The URL with its password masked."""
        return shown_url(self.engine.url)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            DatabaseError: the database cannot be reached or refuses (E0302).
        """
        with self._coded(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; committed at the end, rolled back on any exception.

        On SQLite it takes the write lock at once (``BEGIN IMMEDIATE``), so that it never has to
        give up half-way because another writer came first.

        Raises:
            DatabaseError: the database cannot be reached or refuses (E0302).
        """
        with self._coded(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _coded(self) -> Iterator[None]:
        try:
            yield
        except StatementError as error:
            # What a column type refused, such as a secret, says best itself what is wrong.
            if isinstance(error.orig, YiwangError):
                raise error.orig from None
            if not isinstance(error, DBAPIError) or _is_ours(error):
                raise
            raise unreachable(self.engine.url, error) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _is_ours(error: DBAPIError) -> bool:
    # A broken constraint or a wrong statement is the caller's affair; missing rights are the operator's.
    if getattr(error.orig, "sqlstate", "") == INSUFFICIENT_PRIVILEGE:
        return False
    return isinstance(error, IntegrityError | DataError | ProgrammingError)


def unreachable(url: URL, error: DBAPIError) -> DatabaseError:
    """The coded error for a driver's complaint, without statement, values or password."""
    reason = " ".join(str(error.orig).split())
    return DatabaseError(UNREACHABLE, url=shown_url(url), reason=reason)


def open_database(url: str, *, upgrade: bool = False) -> Database:
    """Open, create or bring up to date the database at ``url``.

    A SQLite file and an empty PostgreSQL database get their tables at once, and an older
    SQLite file is upgraded; an older PostgreSQL database only with ``upgrade``.

    Raises:
        DatabaseError: bad URL (E0301), unreachable (E0302), schema too new (E0303) or too
            old (E0304), no folder (E0305), a network share (E0306), not ours (E0307).
    """
    database = Database(_engine(parse_url(url)))
    try:
        _match_schema(database, upgrade)
    except BaseException:
        database.close()
        raise
    return database


def _match_schema(database: Database, upgrade: bool) -> None:
    known = schema.newest()
    with database.reading() as connection:
        found = schema.version(connection)
        is_empty = found == 0 and not inspect(connection).get_table_names()
    if found == known:
        return
    if found > known:
        raise DatabaseError(TOO_NEW, url=database.url, found=found, known=known)
    if found == 0 and not is_empty and not _became_ours(database):
        raise DatabaseError(NOT_OURS, url=database.url)
    if found and not database.is_sqlite and not upgrade:
        raise DatabaseError(TOO_OLD, url=database.url, found=found, known=known)
    with database.writing() as connection:
        schema.upgrade(connection)


def _became_ours(database: Database) -> bool:
    # Another process may have created the tables between the two looks of the caller.
    with database.reading() as connection:
        return schema.version(connection) > 0


def _engine(url: URL) -> Engine:
    return _sqlite_engine(url) if url.drivername == "sqlite" else _postgresql_engine(url)


def _postgresql_engine(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "application_name": "yiwang"},
    )


def _sqlite_engine(url: URL) -> Engine:
    _make_private(Path(url.database or ""), url)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(file: Path, url: URL) -> None:
    # SQLite gives its -wal and -shm files the rights of the main file.  One that exists is never opened
    # here: closing it again would end the locks of every connection that this process has to it.
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise DatabaseError(NO_FOLDER, reason=f"{error.strerror}: {error.filename}") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: it would begin them without IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    if _into_wal(cursor) != "wal":
        raise DatabaseError(NOT_WAL, url=cursor.execute("PRAGMA database_list").fetchone()[2])
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.close()


def _into_wal(cursor: Any) -> str:
    # SQLite does not wait by itself while another connection switches the same new file.
    give_up = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            return str(cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
