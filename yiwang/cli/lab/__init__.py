"""``yiwang lab``: rehearsing the estate on this machine.  One file for each group of verbs."""

from __future__ import annotations

from importlib import import_module

import typer

from yiwang.cli.root import app
from yiwang.core.i18n import _

lab = typer.Typer(help=_("Rehearse the estate on this machine."), no_args_is_help=True)
app.add_typer(lab, name="lab")

# In the order of `--help`; each module hangs its verbs onto `lab`.
VERBS: tuple[str, ...] = (
    "up",
    "status",
    "inside",
    "graph",
    "snapshot",
    "fault",
    "power",
    "limits",
    "image",
    "personality",
)

for _name in VERBS:
    import_module(f"yiwang.cli.lab.{_name}")
