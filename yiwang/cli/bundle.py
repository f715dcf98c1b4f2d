"""``yiwang bundle``: everything that nodes install, in one signed file, for estates without the internet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.errors import UsageError
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.deploy.bundle.archive import Bundle
    from yiwang.deploy.bundle.build import Folders
    from yiwang.deploy.bundle.trusted import PublicKey

bundle = typer.Typer(
    help=_("Everything that nodes install, in one signed file, for estates without the internet."), no_args_is_help=True
)
app.add_typer(bundle, name="bundle")

MIB = 1 << 20
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help=_("The bundle."))]
KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help=_("Public key that must have signed it; default: the mirror node's.")),
]
OnOption = Annotated[str, typer.Option("--on", metavar="SELECTOR", help=_("On which mirror nodes."))]


@bundle.command("build", help=_("Build a bundle for the roles of the estate; needs the internet, or mirrors of it."))
def build(
    context: typer.Context,
    file: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=_("The file to write."))],
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only for these nodes, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    package: Annotated[
        list[str] | None, typer.Option("--package", metavar="NAME", help=_("One more Debian package (repeatable)."))
    ] = None,
    wheels: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=_("Take Python wheels from here, not from a package index."))
    ] = None,
    no_wheels: Annotated[bool, typer.Option("--no-wheels", help=_("Leave the Python wheels out."))] = False,
    installed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=_("dpkg's status file of a node; what it has installed is left out.")),
    ] = None,
) -> None:
    """Build a bundle."""
    from yiwang.deploy.bundle.build import Order, build, with_base
    from yiwang.deploy.bundle.needs import needs_of
    from yiwang.inventory.selector import parse_selector

    application_ = application(context)
    folder = application_.estate_folder(estate)
    loaded = application_.load_estate(folder)
    chosen = parse_selector(selector) if selector else None
    needs = needs_of(loaded, chosen, application_.tools(str(folder)).components)
    order = Order(
        estate=loaded.header.name,
        selector=selector,
        needs=with_base(needs, tuple(package or ())),
        installed=installed,
        wheels=wheels.absolute() if wheels else None,
        has_wheels=not no_wheels,
    )
    folders = _folders(application_)
    made = build(order, file, folders, report=output.note)
    _tell_built(application_, made)


def _tell_built(app: App, made: Bundle) -> None:
    from yiwang.deploy.bundle.build import builder_key

    fingerprint = builder_key(_folders(app)).fingerprint
    detail = {"digest": made.digest, "key": fingerprint, "file": str(made.file)}
    app.journal.append(app.actor, "bundle.build", made.file.name, detail)
    counts = {"packages": _count(made, "pool/"), "wheels": _count(made, "wheels/"), "size": made.size_bytes // MIB}
    words = _("{file}: {packages} packages, {wheels} wheels, {size} MiB")
    output.note(words.format(file=made.file, **counts))
    output.note(_("signed by the key {fingerprint}").format(fingerprint=fingerprint))
    output.note(_("  its public half, for the mirror node's declaration: yiwang bundle key"))


def _count(made: Bundle, folder: str) -> int:
    return sum(path.startswith(folder) and path.endswith((".deb", ".whl")) for path in made.places)


@bundle.command("key", help=_("Print the public key that bundles built here are signed by."))
def key(context: typer.Context) -> None:
    """Print the builder's public key."""
    from yiwang.deploy.bundle.build import builder_key

    found = builder_key(_folders(application(context)), report=output.note)
    output.line(found.text.rstrip("\n"))
    output.note(_("fingerprint {fingerprint}").format(fingerprint=found.fingerprint))


@bundle.command("verify", help=_("Hold every byte of a bundle against its signature."))
def verify(context: typer.Context, file: FileArgument, key: KeyOption = None, estate: EstateOption = None) -> None:
    """Verify a bundle."""
    from yiwang.deploy.bundle.archive import open_bundle

    opened = open_bundle(file)
    trusted = _given(key) or _declared(application(context), estate)
    opened.verify(trusted)
    words = _("{file} is whole and signed by {fingerprint}: {count} files")
    output.note(words.format(file=file, fingerprint=trusted.fingerprint, count=len(opened.sums)))


@bundle.command("show", help=_("Tell what a bundle holds; nothing of it is trusted by that."))
def show(file: FileArgument, format: FormatOption = Format.table) -> None:
    """Show a bundle."""
    from dataclasses import asdict

    from yiwang.deploy.bundle.archive import open_bundle

    opened = open_bundle(file)
    about = opened.about
    if format is not Format.table:
        files = [{"path": path, "size": size} for path, (_begin, size) in sorted(opened.places.items())]
        output.document("bundle", {**asdict(about), "digest": opened.digest, "files": files})
        return
    heads = (
        (_("made"), about.made),
        (_("digest"), opened.digest),
        (_("version"), f"Yiwang {about.yiwang}"),
        (_("for"), f"Debian {about.suite} {about.architecture}, {about.estate} {about.selector}".rstrip()),
        (_("size"), f"{opened.size_bytes // MIB} MiB"),
        (_("packages"), _count(opened, "pool/")),
        (_("wheels"), _count(opened, "wheels/")),
    )
    for heading, value in heads:
        output.line(f"{heading}: {value}")
    columns = (Column("component", _("component"), fold=False), Column("packages", _("packages")))
    rows = [{"component": name, "packages": packages} for name, packages in about.components.items()]
    output.table("components", columns, rows)


@bundle.command("install", help=_("Make the mirror nodes serve a bundle; goes on where it was interrupted."))
def install(
    context: typer.Context,
    file: FileArgument,
    on: OnOption = "role=mirror",
    key: KeyOption = None,
    estate: EstateOption = None,
) -> None:
    """Install a bundle on mirror nodes."""
    from yiwang.deploy.bundle.archive import open_bundle
    from yiwang.deploy.bundle.feeding import Feeding, key_for, mirrors_of

    application_ = application(context)
    opened = open_bundle(file)
    deployment = application_.deployment(estate)
    feeding, given = Feeding(deployment, application_.actor), _given(key)
    for place in mirrors_of(deployment.estate, on, deployment.tools.components):
        trusted = key_for(place, given)
        with _sending(place.node) as report:
            done = feeding.install(place, opened, trusted, report=report)
        if done.is_new:
            words = _("{node} serves the bundle of {made}: {sent} MiB sent, {reused} files were there already")
        else:
            words = _("{node} serves the bundle of {made} already")
        output.note(
            words.format(node=place.node, made=opened.about.made, sent=done.sent_bytes // MIB, reused=done.reused)
        )


@bundle.command("rollback", help=_("Make the mirror nodes serve what they served before the last bundle."))
def rollback(context: typer.Context, on: OnOption = "role=mirror", estate: EstateOption = None) -> None:
    """Go back to the packages of before."""
    from yiwang.deploy.bundle.feeding import Feeding, mirrors_of

    application_ = application(context)
    deployment = application_.deployment(estate)
    for place in mirrors_of(deployment.estate, on, deployment.tools.components):
        Feeding(deployment, application_.actor).rollback(place)
        output.note(_("{node} serves what it served before").format(node=place.node))


def _folders(app: App) -> Folders:
    from yiwang.deploy.bundle.build import Folders

    return Folders(app.settings.state.absolute() / "bundle", app.settings.cache.absolute() / "bundle")


def _given(file: Path | None) -> PublicKey | None:
    from yiwang.deploy.bundle.faults import NOT_A_KEY, BundleError
    from yiwang.deploy.bundle.trusted import public_key

    if file is None:
        return None
    try:
        return public_key(file.read_bytes(), origin=str(file))
    except OSError as error:
        raise BundleError(NOT_A_KEY, origin=file) from error


def _declared(app: App, estate: Path | None) -> PublicKey:
    """The one key that all mirror nodes of the estate declare."""
    from yiwang.deploy.bundle.faults import NO_KEY
    from yiwang.deploy.bundle.feeding import key_for, mirrors_of

    folder = app.estate_folder(estate)
    loaded = app.load_estate(folder)
    places = mirrors_of(loaded, "role=mirror", app.tools(str(folder)).components)
    keys = {found.fingerprint: found for found in (key_for(place, None) for place in places)}
    if len(keys) != 1:
        raise UsageError(NO_KEY)
    return next(iter(keys.values()))


@contextmanager
def _sending(node: str) -> Iterator[Callable[[int, int], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _sent, _total: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns: Any = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(node, total=None)
        yield lambda sent, total: bar.update(task, completed=sent, total=total)
