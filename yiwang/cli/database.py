"""``yiwang database``: which database is used, and bringing its schema up to date."""

from __future__ import annotations

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import _

database = typer.Typer(help=_("Where evidence, journal and runs are kept."), no_args_is_help=True)
app.add_typer(database, name="database")


@database.command("status", help=_("Tell which database is used and its schema version."))
def status(context: typer.Context, format: FormatOption = Format.table) -> None:
    """Tell which database is used."""
    from sqlalchemy import func, select

    from yiwang.core.database import schema
    from yiwang.core.database.tables import APPEND_ONLY, metadata

    opened = application(context).database
    with opened.reading() as connection:
        found = schema.version(connection)
        guards = schema.guards(connection)
        rows = {
            name: connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one()
            for name in sorted(metadata.tables)
        }
    guarded = [name for name in APPEND_ONLY if {f"{name}_update_append_only", f"{name}_delete_append_only"} <= guards]
    facts = {"url": opened.url, "version": found, "newest": schema.newest(), "append_only": guarded, "rows": rows}
    if format is not Format.table:
        output.document("database", [facts])
        return
    lines = (
        (_("database"), opened.url),
        (_("schema version"), found),
        (_("append-only"), ", ".join(guarded)),
        (_("rows"), ", ".join(f"{name} {count}" for name, count in rows.items() if count)),
    )
    for heading, value in lines:
        output.line(f"{heading}: {value}")


@database.command("upgrade", help=_("Bring the schema to this version of Yiwang."))
def upgrade(context: typer.Context) -> None:
    """Bring the schema up to date; does nothing when it is."""
    from yiwang.core.database import schema
    from yiwang.core.database.connection import open_database

    opened = open_database(application(context).settings.database_url, upgrade=True)
    opened.close()
    output.note(_("the schema of {url} is at version {version}").format(url=opened.url, version=schema.newest()))
