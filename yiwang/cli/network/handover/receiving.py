"""``yiwang network handover verify`` and ``receipt``: the authority's side, and its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network.handover import handover
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

NO_NAME = code("E3437", N_("a receipt names who received the package"), N_('add --by, such as --by "张三"'))


@handover.command("verify", help=_("Check a package's signature and hashes and list its devices; needs no estate."))
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The package."))],
    signer: Annotated[
        str, typer.Option(metavar="KEY", help=_("The public key of the office that sealed it, ed25519:…"))
    ] = "",
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help=_("Write a receipt for that office."))
    ] = None,
    by: Annotated[str, typer.Option(help=_("Who received the package; stands in the receipt."))] = "",
    format: FormatOption = Format.table,
) -> None:
    """Verify a package."""
    from yiwang.network.handover.package import read_package
    from yiwang.network.handover.receipt import write_receipt

    if receipt and not by:
        raise UsageError(NO_NAME)
    package = read_package(file, signer)
    columns = (
        Column("name", _("device"), fold=False),
        Column("address", _("address"), fold=False),
        Column("platform", _("platform")),
        Column("proven", _("proven"), fold=False),
    )
    manifest = package.manifest
    output.table("devices", columns, [each.model_dump() for each in manifest.devices], format)
    output.note(
        _("{title} hands {count} devices over to {authority}, valid until {expires}").format(
            title=manifest.title,
            count=len(manifest.devices),
            authority=manifest.authority,
            expires=manifest.expires,
        )
    )
    output.note(_("  digest: {digest}").format(digest=package.digest))
    if not signer:
        output.note(_("! compare the signer by telephone, or give it with --signer: {key}").format(key=manifest.signer))
    if receipt:
        write_receipt(receipt, package, by)
        output.note(_("the receipt is in {file}").format(file=receipt))


@handover.command("receipt", help=_("Take in the authority's receipt; it is kept as evidence and in the journal."))
def receipt(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The receipt."))],
    estate: EstateOption = None,
) -> None:
    """Take in a receipt."""
    taken = application(context).handing(estate).receive(file)
    output.note(
        _("package {digest} was received by {by} at {time}").format(
            digest=taken.package[:12], by=taken.by, time=taken.received
        )
    )
