"""Fixtures for every part: both databases, for real."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yiwang.core.database.connection import Database, open_database

pytest_plugins = ["yiwang.lab.fixtures"]

# Programs that tests start write to pipes; this would hide that they forget to flush them.
os.environ.pop("PYTHONUNBUFFERED", None)


def _binaries() -> Path | None:
    """Debian's folder of PostgreSQL server programs, the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    return found[-1].parent if found else None


class Cluster:
    """A private PostgreSQL server on a socket in a folder of its own; it listens on no network."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        extra = {"user": self._user, "extra_groups": []} if self._user else {}
        subprocess.run(command, check=True, timeout=60, cwd="/", stdout=subprocess.DEVNULL, **extra)

    def start(self) -> None:
        data = str(self._folder / "data")
        self._call("initdb", "-D", data, "-U", "yiwang", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off -c max_connections=50"
        self._call("pg_ctl", "start", "-w", "-t", "50", "-D", data, "-l", f"{self._folder}/log", "-o", options)

    def stop(self) -> None:
        self._call("pg_ctl", "stop", "-m", "immediate", "-w", "-D", str(self._folder / "data"))

    def create_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"t{secrets.token_hex(6)}"
        with psycopg.connect(host=str(self._folder), user="yiwang", dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql://yiwang@/{name}?host={self._folder}"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Cluster]:
    """A running PostgreSQL server; skips where Debian's package is not installed."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    cluster = Cluster(binaries, folder)
    try:
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster) -> str:
    """The URL of an empty PostgreSQL database."""
    return postgresql_cluster.create_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/yiwang.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with its tables, on both kinds in turn."""
    opened = open_database(database_url)
    yield opened
    opened.close()
