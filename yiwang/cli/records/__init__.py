"""``yiwang records``: what the platform takes from departments.  One file for each verb."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.root import app
from yiwang.core.i18n import _

records = typer.Typer(
    help=_("Canonical records: fields, codes, rules, and files judged by them."), no_args_is_help=True
)
app.add_typer(records, name="records")

# In the order of `--help`; each module hangs one verb onto `records`.
VERBS = ("list", "show", "codes", "schema", "check", "identify", "generate")

for _name in VERBS:
    import_module(f"yiwang.cli.records.{_name}")
