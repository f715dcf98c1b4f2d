"""``yiwang network``: the network's devices and what they said.  One file for each verb."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.root import app
from yiwang.core.i18n import _

network = typer.Typer(help=_("Collect from network devices and look at what they said."), no_args_is_help=True)
app.add_typer(network, name="network")

# In the order of `--help`; each module hangs one verb onto `network`.
VERBS = ("trust", "collect", "facts", "history", "show", "diff", "blame", "render", "drift", "handover")

for _name in VERBS:
    import_module(f"yiwang.cli.network.{_name}")
