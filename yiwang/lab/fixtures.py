"""pytest fixtures: real hosts for tests, ours and our users'.

Name this module in ``pytest_plugins`` of a ``conftest.py``.  Tests that use them are skipped, with the
reason, where the machine cannot carry a lab.  Each test process has labs of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yiwang.lab.personality.fixtures import personality as personality

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.lab.drafting import Request
    from yiwang.lab.lab import Lab
    from yiwang.lab.machine import Machine

ESTATE_VARIABLE = "YIWANG_LAB_ESTATE"
"""The folder of the estate that ``lab_estate`` brings up; default: the smallest with a road through it."""

SMALL = Path(__file__).with_name("small")


def require_lab(*, is_plain: bool = False) -> None:
    """Skip the test, with the reason, where the machine cannot carry a lab."""
    from yiwang.lab.command import LabError
    from yiwang.lab.readiness import require_machine

    try:
        require_machine(is_plain=is_plain)
    except LabError as error:
        pytest.skip(f"no rehearsal lab here: {error}")


def raised_lab(estate: Estate, request: Request) -> Iterator[Lab]:
    """A lab for the life of a fixture: ``yield from raised_lab(…)``; skips where none can be.

    The lab goes down whatever happens; those that test processes which are no more left behind go first.
    """
    from yiwang.core.settings import load_settings
    from yiwang.lab.lowering import lower
    from yiwang.lab.raising import raise_lab
    from yiwang.lab.state import LabFolder, lab_path

    require_lab(is_plain=request.is_plain)
    _sweep()
    folder = LabFolder(lab_path(request.name))
    try:
        raised = raise_lab(estate, request, vault=None, settings=load_settings().settings.lab)
        assert not raised.silent, f"hosts do not answer: {raised.silent}"
        yield raised.lab
    finally:
        if folder.layout_file.exists():
            lower(folder)


def lab_name(word: str) -> str:
    """A lab's name of this test process alone."""
    return f"{word}-test-{os.getpid()}"


def _sweep() -> None:
    from yiwang.lab.lowering import lower
    from yiwang.lab.state import lab_folders

    for folder in lab_folders():
        _, is_of_test, pid = folder.name.rpartition("-test-")
        if is_of_test and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            lower(folder)


def eventually(holds: Callable[[], bool], *, seconds: float = 60) -> bool:
    """Whether it comes true within a time: routing and booting need some."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.25)
    return True


@pytest.fixture(scope="session")
def lab_estate() -> Iterator[Lab]:
    """A lab of three routers in a row, ``core-1``, ``edge-1`` and ``access-1``, each with a node behind it."""
    from yiwang.inventory.loading.load import load
    from yiwang.lab.drafting import Request

    estate = load(Path(os.environ.get(ESTATE_VARIABLE, SMALL))).require()
    yield from raised_lab(estate, Request(lab_name(estate.header.name)))


@pytest.fixture
def lab_node(lab_estate: Lab) -> Machine:
    """A node of that lab, to run commands in: the first that is no mirror."""
    return next(
        machine
        for machine in lab_estate.machines
        if machine.host.kind == "node" and machine.host.name != lab_estate.layout.mirror
    )
