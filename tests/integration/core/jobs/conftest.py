"""Fixtures of the job tests."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from yiwang.core.database.connection import Database, open_database
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor

STEPS = Path(__file__).parents[3] / "steps"


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Handlers:
    """The misbehaving steps, importable here and in worker processes."""
    monkeypatch.syspath_prepend(str(STEPS))
    return Handlers(importlib.import_module("misbehaving").handlers())


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An open SQLite database."""
    opened = open_database(f"sqlite:///{tmp_path}/y.db")
    yield opened
    opened.close()


Controlling = Callable[[Database], AbstractContextManager[Controller]]


@pytest.fixture
def controlling(handlers: Handlers) -> Controlling:
    """A controller with a local executor, closed at the end of the block."""

    @contextmanager
    def control(database: Database) -> Iterator[Controller]:
        executor = LocalExecutor(handlers, threads=4, processes=2)
        try:
            yield Controller(database, executor)
        finally:
            executor.close()

    return control
