"""``yiwang vault``: secrets of the estate.  None is ever taken from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateArgument, EstateOption, application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.cli.terminal import ask_key, secret_input
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.core.vault.store import Entry, Vault

vault = typer.Typer(help=_("Keep the estate's secrets, encrypted."), no_args_is_help=True)
app.add_typer(vault, name="vault")

PathArgument = Annotated[
    str, typer.Argument(metavar="PATH", help=_("Such as counties/410621/devices/edge-1/password."))
]
COLUMNS = (
    Column("path", _("path")),
    Column("id", _("vault id")),
    Column("changed", _("changed")),
    Column("secret", _("secret")),
)


def _vault(context: typer.Context, estate: Path | None) -> Vault:
    return application(context).vault(estate, ask=ask_key)


def _row(entry: Entry, secret: str | None = None) -> dict[str, object]:
    from yiwang.core.vault.secret import MASK

    shown = secret if secret is not None else MASK
    return {
        "path": entry.path,
        "reference": entry.reference,
        "id": entry.id or "?",
        "file": str(entry.file),
        "changed": entry.changed.isoformat(),
        "secret": shown,
    }


# What comes after the path is taken in, only to be refused without being shown.
@vault.command(
    "set",
    help=_("Put a secret into the vault: typed when asked, or from standard input."),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def set_secret(
    context: typer.Context,
    path: PathArgument,
    generate: Annotated[bool, typer.Option("--generate", help=_("Make a random one and do not show it."))] = False,
    length: Annotated[int, typer.Option(min=12, max=200, help=_("Characters of the random one."))] = 20,
    estate: EstateOption = None,
) -> None:
    """Put a secret into the vault."""
    from yiwang.core.errors import UsageError
    from yiwang.core.vault.faults import ON_COMMAND_LINE
    from yiwang.core.vault.generate import generate as generated
    from yiwang.core.vault.reference import SecretReference

    if context.args:
        raise UsageError(ON_COMMAND_LINE)
    reference = SecretReference.parse(path)
    secret = generated(length) if generate else secret_input(reference.path)
    entry = _vault(context, estate).set(reference.path, secret)
    output.line(entry.reference)
    output.note(_('kept, encrypted for "{id}"; write the reference above into the estate').format(id=entry.id))


@vault.command("get", help=_("Show what is known of a secret, and with --reveal the secret itself."))
def get_secret(
    context: typer.Context,
    path: PathArgument,
    reveal: Annotated[bool, typer.Option("--reveal", help=_("Show the secret; this is journalled."))] = False,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Show a secret masked, or bare with ``--reveal``."""
    opened = _vault(context, estate)
    text = opened.get(path).reveal() if reveal else None
    if text is not None and format is Format.table:
        # As it is: a table would wrap it, and this may be piped.
        output.line(text)
        return
    row = _row(opened.entry(path), text)
    if format is Format.table:
        rows = [{"name": name, "value": row[key]} for key, name in _headings().items()]
        output.table("secret", (Column("name", ""), Column("value", "")), rows)
    else:
        output.table("secret", [Column(key, name) for key, name in _headings().items()], [row], format)


def _headings() -> dict[str, str]:
    return {
        "path": _("path"),
        "reference": _("reference"),
        "id": _("vault id"),
        "file": _("file"),
        "changed": _("changed"),
        "secret": _("secret"),
    }


@vault.command("list", help=_("List the secrets, masked."))
def list_secrets(
    context: typer.Context,
    under: Annotated[str, typer.Argument(metavar="PREFIX", help=_("Only paths that begin so."))] = "",
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """List the secrets, masked."""
    rows = [_row(entry) for entry in _vault(context, estate).entries() if entry.path.startswith(under)]
    output.table("secrets", COLUMNS, rows, format, empty=_("the vault is empty"))


@vault.command("rotate", help=_("Re-encrypt all secrets of a vault id with a new key."))
def rotate_key(
    context: typer.Context,
    id: Annotated[str, typer.Option("--id", help=_("Vault id, such as 410621."))],
    new_key_file: Annotated[Path, typer.Option("--new-key", metavar="FILE", help=_("File of the new key."))],
    old_key_file: Annotated[
        Path | None, typer.Option("--old-key", metavar="FILE", help=_("File of the old key; default: the one in use."))
    ] = None,
    estate: EstateOption = None,
) -> None:
    """Re-encrypt all secrets of a vault id; run again, it goes on where it was interrupted."""
    from yiwang.core.vault.keys import read_key
    from yiwang.core.vault.rotation import rotate

    opened = _vault(context, estate)
    if old_key_file:
        opened.keys.give(id, read_key(old_key_file, id))
    done = rotate(opened, id, read_key(new_key_file, id))
    output.note(
        _('{changed} secret(s) of "{id}" re-encrypted, {already} had the new key already').format(
            changed=len(done.changed), id=id, already=len(done.already)
        )
    )
    output.note(
        _("from now on the key is {file}: set vault.keys.{id}, commit the vault, and destroy the old key").format(
            file=new_key_file, id=id
        )
    )


@vault.command("import", help=_("Take over secrets from a YAML or CSV file, plain or encrypted by ansible-vault."))
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=_("A file of variables, or a CSV file with the columns path,value."))],
    under: Annotated[str, typer.Option("--under", metavar="PREFIX", help=_("Beginning of the paths."))] = "",
    every: Annotated[bool, typer.Option("--all", help=_("Take every value, not only what sounds secret."))] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=_("Replace other secrets in their place."))] = False,
    replace_in_file: Annotated[
        bool | None, typer.Option("--replace/--keep", help=_("Write references into the file in the secrets' stead."))
    ] = None,
    estate: EstateOption = None,
) -> None:
    """Take over secrets, print their references, and offer to write these into the file."""
    from yiwang.core.vault.intake import read_intake, replace, take_in

    opened = _vault(context, estate)
    intake = read_intake(file, opened.keys, under=under, every=every)
    for reference in take_in(opened, intake, overwrite=overwrite):
        output.line(str(reference))
    if replace_in_file is None and sys.stdin.isatty():
        question = _("Write the references into {file} in the secrets' stead?").format(file=file)
        replace_in_file = typer.confirm(question, err=True)
    if replace_in_file:
        replace(intake)
        output.note(_("{file} holds references now; its former versions still hold the secrets").format(file=file))
    else:
        output.note(_("{file} still holds the secrets; --replace writes references in their stead").format(file=file))


@vault.command("check", help=_("Check that every reference leads to a secret that opens, and that nothing lies bare."))
def check_vault(context: typer.Context, estate: EstateArgument = None, format: FormatOption = Format.table) -> None:
    """Check references against the vault; exit 1 when there is an error."""
    from yiwang.core.vault.check import check

    application_ = application(context)
    findings = check(application_.vault(estate), application_.secret_uses(estate))
    if format is not Format.table:
        output.table("findings", output.FINDING_COLUMNS, map(output.finding_row, findings), format)
    else:
        for finding in findings:
            output.show_finding(finding)
    errors = sum(finding.severity == "error" for finding in findings)
    output.note(_("{errors} error(s), {others} other finding(s)").format(errors=errors, others=len(findings) - errors))
    if errors:
        raise typer.Exit(1)


@vault.command("new-key", help=_("Make a random key in a file that only its owner can read."))
def make_key(file: Annotated[Path, typer.Argument(help=_("The file, outside of git."))]) -> None:
    """Make a random key."""
    from yiwang.core.vault.keys import new_key

    new_key(file)
    output.note(_("{file} made; keep a copy in a safe place: without it the secrets are lost").format(file=file))
