"""Alembic's entry: migrate on the connection that is handed in, inside its transaction."""

from __future__ import annotations

from alembic import context

from yiwang.core.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
