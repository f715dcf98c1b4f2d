"""``yiwang inventory``: looking at the declared estate.  One file for each verb."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.root import app
from yiwang.core.i18n import _

inventory = typer.Typer(help=_("Look at the declared estate."), no_args_is_help=True)
app.add_typer(inventory, name="inventory")

# In the order of `--help`; each module hangs one verb onto `inventory`.
VERBS = ("list", "show", "explain", "schema", "export", "import_", "graph", "diff", "addresses", "plans")

for _name in VERBS:
    import_module(f"yiwang.cli.inventory.{_name}")
