"""``yiwang audit``: judging devices' configurations by rules, and hosts.  One file for each group of verbs."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.root import app
from yiwang.core.i18n import _

audit = typer.Typer(help=_("Audit devices' configurations, and hosts."), no_args_is_help=True)
app.add_typer(audit, name="audit")

# In the order of `--help`; each module hangs its verbs onto `audit`.
VERBS = ("run", "hosts", "rules", "waive")

for _name in VERBS:
    import_module(f"yiwang.cli.audit.{_name}")
