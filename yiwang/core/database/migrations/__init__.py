"""The schema's history, for Alembic: one numbered file for each change."""
