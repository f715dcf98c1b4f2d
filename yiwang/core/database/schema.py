"""The schema's version: read cheaply at every opening, brought forward by Alembic only when needed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"

# Any number will do, as long as nobody else in this PostgreSQL cluster locks the same one.
UPGRADE_LOCK = 0x79697761


@cache
def newest() -> int:
    """The schema version of this code: the highest numbered migration that ships with it."""
    names = (re.fullmatch(r"r(\d{4})_\w+\.py", file.name) for file in (MIGRATIONS / "versions").iterdir())
    return max(int(match[1]) for match in names if match)


def version(connection: Connection) -> int:
    """The database's schema version; 0 when it is empty."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return 0
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return int(found) if found else 0


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for one connection; imports Alembic."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the schema to :func:`newest` inside the caller's transaction, all or nothing.

    Two processes that open an old database at once take turns; the second finds it done.
    """
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": UPGRADE_LOCK})
    if version(connection) < newest():
        command.upgrade(alembic_config(connection), "head")


def guards(connection: Connection) -> set[str]:
    """Names of the triggers that keep the append-only tables append-only."""
    query: dict[str, Any] = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
    }
    names = connection.execute(text(query[connection.dialect.name])).scalars()
    return {name for name in names if name.endswith("_append_only")}
