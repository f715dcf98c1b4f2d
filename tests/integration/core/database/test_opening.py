"""Opening, creating, upgrading and refusing databases."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

import yiwang.deploy.tables  # noqa: F401 - its tables join the metadata
from yiwang.core.database import schema
from yiwang.core.database.connection import Database, open_database
from yiwang.core.database.tables import APPEND_ONLY, metadata
from yiwang.core.errors import DatabaseError
from yiwang.core.evidence import Evidence, Observation, Subject
from yiwang.core.journal import Journal


def _set_version(database: Database, number: int) -> None:
    with database.writing() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{number:04d}'"))


def test_an_empty_database_gets_exactly_the_declared_tables(database: Database) -> None:
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        found = schema.version(connection)

    assert differences == []
    assert found == schema.newest()


def test_the_newest_numbered_file_is_the_head_of_the_migrations(database: Database) -> None:
    with database.reading() as connection:
        heads = ScriptDirectory.from_config(schema.alembic_config(connection)).get_heads()

    assert heads == [f"{schema.newest():04d}"]


def test_opening_again_keeps_what_is_there(database_url: str) -> None:
    first = open_database(database_url)
    Journal(first).append("wang", "test", "it")
    first.close()

    second = open_database(database_url)
    count = Journal(second).head().entries
    second.close()

    assert count == 1


def test_opening_a_database_that_is_up_to_date_does_not_load_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/y.db"
    open_database(url).close()
    program = (
        "import sys; from yiwang.core.database.connection import open_database; "
        f"open_database({url!r}).close(); print('alembic' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert answer.stdout.strip() == "False"


def test_the_sqlite_file_and_its_folder_are_private(tmp_path: Path) -> None:
    file = tmp_path / "state" / "yiwang.db"

    opened = open_database(f"sqlite:///{file}")
    Journal(opened).append("wang", "test", "it")

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in file.parent.iterdir()}
    opened.close()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert modes == {"yiwang.db": 0o600, "yiwang.db-wal": 0o600, "yiwang.db-shm": 0o600}


def test_sqlite_is_durable_and_checks_foreign_keys(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/y.db")

    with opened.reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {each}").scalar() for each in pragmas]
    opened.close()

    assert found == ["wal", 2, 1, 30_000]


def test_a_newer_schema_is_refused(database_url: str) -> None:
    opened = open_database(database_url)
    _set_version(opened, schema.newest() + 1)
    opened.close()

    with pytest.raises(DatabaseError) as caught:
        open_database(database_url, upgrade=True)

    assert caught.value.error.id == "E0303"


LATER = """
import sqlalchemy as sa
from alembic import op

revision = "{later:04d}"
down_revision = "{newest:04d}"


def upgrade():
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """From the call on, the code is one migration further."""

    def go() -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(schema.MIGRATIONS, folder)
        newest = schema.newest()
        file = folder / "versions" / f"r{newest + 1:04d}_later.py"
        file.write_text(LATER.format(later=newest + 1, newest=newest))
        monkeypatch.setattr(schema, "MIGRATIONS", folder)
        schema.newest.cache_clear()

    yield go
    monkeypatch.undo()
    schema.newest.cache_clear()


def _has_later(database: Database) -> bool:
    with database.reading() as connection:
        return inspect(connection).has_table("later")


def test_an_older_sqlite_schema_is_upgraded_by_itself_and_keeps_its_rows(
    tmp_path: Path, later_version: Callable[[], None]
) -> None:
    url = f"sqlite:///{tmp_path}/y.db"
    old = open_database(url)
    Journal(old).append("wang", "test", "it")
    old.close()
    later_version()

    opened = open_database(url)

    assert _has_later(opened)
    assert Journal(opened).verify().problems == ()
    opened.close()


def test_an_older_postgresql_schema_is_upgraded_only_on_request(
    postgresql_url: str, later_version: Callable[[], None]
) -> None:
    open_database(postgresql_url).close()
    later_version()

    with pytest.raises(DatabaseError) as caught:
        open_database(postgresql_url)
    opened = open_database(postgresql_url, upgrade=True)

    assert caught.value.error.id == "E0304"
    assert "yiwang database upgrade" in caught.value.advice
    assert _has_later(opened)
    opened.close()


def test_a_database_of_something_else_is_left_alone(database_url: str) -> None:
    opened = open_database(database_url)
    with opened.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    opened.close()

    with pytest.raises(DatabaseError) as caught:
        open_database(database_url)

    assert caught.value.error.id == "E0307"


def test_several_may_create_the_same_database_at_once(database_url: str) -> None:
    problems: list[BaseException] = []

    def create() -> None:
        try:
            open_database(database_url).close()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    opened = open_database(database_url)
    opened.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://root:geheim@localhost/x", "E0301"),
        ("this is no url", "E0301"),
        ("sqlite://", "E0301"),
        ("sqlite:///:memory:", "E0301"),
        ("postgresql://wang:geheim@localhost:1/x", "E0302"),
        ("postgresql://localhost:1/x?user=wang&password=geheim", "E0302"),
        ("sqlite:////proc/nowhere/geheimnis.db", "E0305"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_coded_error_without_its_password(url: str, code: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_database(url)

    assert caught.value.error.id == code
    assert "geheim@" not in str(caught.value)
    assert "password=geheim" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_coded_error(tmp_path: Path) -> None:
    file = tmp_path / "y.db"
    file.write_text("these are notes, not a database\n" * 100)

    with pytest.raises(DatabaseError) as caught:
        open_database(f"sqlite:///{file}")

    assert caught.value.error.id == "E0302"
    assert file.read_text().startswith("these are notes")


def test_a_missing_postgresql_database_is_a_coded_error(postgresql_url: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        open_database(postgresql_url.replace("/t", "/missing_t", 1))

    assert caught.value.error.id == "E0302"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {table} SET time = time", "DELETE FROM {table}"])
def test_the_database_itself_keeps_records_from_being_changed(database: Database, table: str, verb: str) -> None:
    Journal(database).append("wang", "test", "it")
    Evidence(database).record([Observation(Subject("node", "a"), "ssh", "pass")])
    with database.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO runs (id, kind, title, requester, policy, wanted, state, created) "
                "VALUES ('r', 'k', 't', '', '{}', 'run', 'open', '2026-01-01 00:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO events (run_id, sequence, time, step_id, attempt, kind, text) "
                "VALUES ('r', 1, '2026-01-01 00:00:00', '', 0, 'log', '')"
            )
        )

    with pytest.raises((DBAPIError, DatabaseError), match="append-only"), database.writing() as connection:
        connection.execute(text(verb.format(table=table)))


def test_a_writer_waits_for_another_instead_of_failing(database: Database) -> None:
    journal = Journal(database)
    threads = [
        threading.Thread(target=lambda: [journal.append("wang", "test", "it") for _ in range(20)]) for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert journal.head().entries == 80


WRITE = """
import sys
from yiwang.core.database.connection import open_database
from yiwang.core.journal import Journal

opened = open_database(sys.argv[1])
Journal(opened).append("li", "test", "from elsewhere")
opened.close()
"""


def test_opening_a_second_time_does_not_loosen_the_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/y.db"
    first = open_database(url)
    Journal(first).append("wang", "test", "it")
    second = open_database(url)
    counts = []

    for _ in range(3):
        subprocess.run([sys.executable, "-c", WRITE, url], check=True)
        counts.append([len(list(Journal(each).entries())) for each in (first, second)])

    assert counts == [[2, 2], [3, 3], [4, 4]]
    first.close()
    second.close()
