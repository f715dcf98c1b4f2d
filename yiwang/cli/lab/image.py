"""``yiwang lab image`` and ``repository``: what the hosts of a lab are made from."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.progress import shown
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yiwang.core.once import Report
    from yiwang.lab.image.build import Image
    from yiwang.lab.image.repository import Repository


@lab.command("image", help=_("Show the node images, build this machine's, remove what nobody uses."))
def image(
    context: typer.Context,
    build: Annotated[
        bool, typer.Option("--build", help=_("Build the image of this machine if it is not there."))
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help=_("Build it anew with today's packages."))] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help=_("Remove images and package repositories that nobody uses."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Show the node images, after building or removing what was asked."""
    from yiwang.lab.image.build import ensure_image, images
    from yiwang.lab.image.upkeep import used

    folder = application(context).settings.lab.folder
    if build or fresh:
        with _told() as report:
            ensure_image(folder, is_fresh=fresh, report=report)
    if prune:
        _prune(folder)
    columns = (
        Column("image", _("image"), fold=False),
        Column("suite", _("release")),
        Column("packages", _("packages")),
        Column("size", _("size")),
        Column("built", _("built"), fold=False),
        Column("used", _("in use")),
    )
    in_use = used(folder)
    rows = [_image_row(each, each.id in in_use, format) for each in images(folder)]
    output.table("images", columns, rows, format, empty=_("no image yet; build one: yiwang lab image --build"))


def _image_row(image: Image, is_used: bool, format: Format) -> dict[str, Any]:
    record = image.record
    return {
        "image": image.id,
        "suite": record.suite,
        "architecture": record.architecture,
        "packages": len(record.packages) if format is Format.table else dict(record.packages),
        "size": _size(record.size_bytes, format),
        "built": output.moment(record.built, format),
        "used": _mark(is_used, format),
        "path": str(image.path),
    }


@lab.command("repository", help=_("Show the package repositories of labs, or make this machine's."))
def repository(
    context: typer.Context,
    build: Annotated[bool, typer.Option("--build", help=_("Make the repository if it is not there."))] = False,
    package: Annotated[
        list[str] | None, typer.Option("--package", metavar="NAME", help=_("With --build: this package as well."))
    ] = None,
    format: FormatOption = Format.table,
) -> None:
    """Show the package repositories, after making one if asked."""
    from yiwang.lab.image.build import ensure_image
    from yiwang.lab.image.repository import ensure_repository, repositories
    from yiwang.lab.image.upkeep import used

    folder = application(context).settings.lab.folder
    if build:
        with _told() as report:
            ensure_repository(folder, ensure_image(folder, report=report), names=package or (), report=report)
    columns = (
        Column("repository", _("repository"), fold=False),
        Column("image", _("for image"), fold=False),
        Column("packages", _("packages")),
        Column("size", _("size")),
        Column("made", _("made"), fold=False),
        Column("used", _("in use")),
    )
    in_use = used(folder)
    rows = [_repository_row(each, each.id in in_use, format) for each in repositories(folder)]
    output.table(
        "repositories", columns, rows, format, empty=_("no repository yet; make one: yiwang lab repository --build")
    )


def _repository_row(repository: Repository, is_used: bool, format: Format) -> dict[str, Any]:
    record = repository.record
    names = sorted(file.name for file in repository.path.glob("*.deb"))
    return {
        "repository": repository.id,
        "image": record.image,
        "packages": record.packages if format is Format.table else names,
        "size": _size(record.size_bytes, format),
        "made": output.moment(record.made, format),
        "used": _mark(is_used, format),
        "path": str(repository.path),
    }


def _prune(folder: Path) -> None:
    from yiwang.lab.image.repository import current_ids
    from yiwang.lab.image.upkeep import prune

    for gone in prune(folder, keep=current_ids(folder)):
        output.note(_("removed: {folder}").format(folder=gone))


@contextmanager
def _told() -> Iterator[Report]:
    from yiwang.lab.booting import Progress

    with shown() as report:
        yield lambda doing: report(Progress(doing))


def _size(size_bytes: int, format: Format) -> str | int:
    return f"{size_bytes >> 20} MiB" if format is Format.table else size_bytes


def _mark(is_used: bool, format: Format) -> str | bool:
    return ("✓" if is_used else "") if format is Format.table else is_used
