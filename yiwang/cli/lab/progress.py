"""Showing how far a lab is: a bar on a terminal, a line for each stage elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yiwang.cli import output
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.lab.booting import Progress, Report

STAGES = {
    "wire": N_("wiring"),
    "disks": N_("disks"),
    "boot": N_("booting"),
}


@contextmanager
def shown() -> Iterator[Report]:
    """A report that shows what it is told."""
    console = output.console(stderr=True)
    if console.is_terminal:
        yield from _bar()
        return
    told: set[str] = set()

    def tell(progress: Progress) -> None:
        if progress.stage not in told:
            told.add(progress.stage)
            output.note(_stage(progress))

    yield tell


def _bar() -> Iterator[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = output.console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(progress: Progress) -> None:
            total = progress.total or None
            bar.update(task, description=_stage(progress), completed=progress.done, total=total)

        yield tell


def _stage(progress: Progress) -> str:
    return _(STAGES[progress.stage]) if progress.stage in STAGES else progress.stage
