"""Handlers of installed packages, found through their entry points."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.errors import JobError
from yiwang.core.jobs.handlers import Handlers, StepHandler, installed_handlers
from yiwang.core.jobs.rehearse import HANDLERS


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Installs a package with one entry point for a step handler."""

    def put(target: str) -> None:
        package = tmp_path / "someones_steps-1.0.dist-info"
        package.mkdir()
        (package / "METADATA").write_text("Metadata-Version: 2.1\nName: someones-steps\nVersion: 1.0\n")
        (package / "entry_points.txt").write_text(f"[yiwang.steps]\ncount = {target}\n")
        (tmp_path / "someones_steps.py").write_text(
            "from yiwang.core.jobs.handlers import StepHandler\n"
            "HANDLER = StepHandler('count', lambda context: None)\n"
            "NOTHING = 5\n"
        )
        monkeypatch.syspath_prepend(str(tmp_path))

    return put


def test_a_handler_of_an_installed_package_is_found(install: object) -> None:
    assert callable(install)
    install("someones_steps:HANDLER")

    handlers = Handlers([*HANDLERS, *installed_handlers()])

    assert handlers.find("count").isolation == "thread"


@pytest.mark.parametrize("target", ["someones_steps:NOTHING", "someones_steps:MISSING", "no_such_module:HANDLER"])
def test_an_entry_point_that_is_no_handler_is_a_coded_error(install: object, target: str) -> None:
    assert callable(install)
    install(target)

    with pytest.raises(JobError) as caught:
        installed_handlers()

    assert caught.value.error.id == "E0512"
    assert '"count"' in caught.value.message


def test_two_handlers_of_one_kind_are_refused() -> None:
    with pytest.raises(JobError) as caught:
        Handlers([*HANDLERS, StepHandler("rehearse", lambda _context: None)])

    assert caught.value.error.id == "E0511"
