"""pytest fixtures: real hosts for tests, ours and our users'.

Name this module in ``pytest_plugins`` of a ``conftest.py``.  Tests that use them are skipped, with the
reason, where the machine cannot carry a lab.  Each test process has labs of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.lab.drafting import Request
    from yiwang.lab.lab import Lab
    from yiwang.lab.machine import Machine

ESTATE_VARIABLE = "YIWANG_LAB_ESTATE"
"""The folder of the estate that ``lab_estate`` brings up; default: the smallest with a road through it."""

SMALL = Path(__file__).with_name("small")


def raised_lab(estate: Estate, request: Request) -> Iterator[Lab]:
    """A lab for the life of a fixture: ``yield from raised_lab(…)``; skips where none can be.

    The lab goes down whatever happens; one of the same name that an earlier test process left goes first.
    """
    from yiwang.core.settings import load_settings
    from yiwang.lab.command import LabError
    from yiwang.lab.drafting import draft
    from yiwang.lab.lowering import lower
    from yiwang.lab.raising import raise_lab
    from yiwang.lab.readiness import require_machine, require_room
    from yiwang.lab.state import LabFolder, lab_path

    settings = load_settings().settings.lab
    try:
        require_machine(is_plain=request.is_plain)
        require_room(draft(estate, request, 0), reserve_mib=settings.reserve_mib)
    except LabError as error:
        pytest.skip(f"no rehearsal lab here: {error}")
    folder = LabFolder(lab_path(request.name))
    if folder.layout_file.exists():
        lower(folder)
    try:
        raised = raise_lab(estate, request, vault=None, settings=settings)
        assert not raised.silent, f"hosts do not answer: {raised.silent}"
        yield raised.lab
    finally:
        if folder.layout_file.exists():
            lower(folder)


def lab_name(word: str) -> str:
    """A lab's name of this test process alone."""
    return f"{word}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


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
