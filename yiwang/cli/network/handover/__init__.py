"""``yiwang network handover``: read access for the supervising authority.  One file for each side of the matter."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.network import network
from yiwang.core.i18n import _

handover = typer.Typer(
    help=_("Hand read access to every device over to the supervising authority, proven and sealed."),
    no_args_is_help=True,
)
network.add_typer(handover, name="handover")

# In the order of `--help`.
FILES = ("sealing", "receiving", "rotate", "status")

for _name in FILES:
    import_module(f"yiwang.cli.network.handover.{_name}")
