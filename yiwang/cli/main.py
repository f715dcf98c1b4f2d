"""``yiwang``: the entry point, exit codes and error display.

Exit codes: 0 done; 1 an error; 2 changes or findings, only with ``--detailed-exitcode``;
3 waits for an approval; 4 some targets failed; 64 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING

from yiwang.core.errors import YiwangError
from yiwang.core.i18n import use

if TYPE_CHECKING:
    import typer

# One module for each group of verbs, in the order of `--help`; each imports little.
VERBS = (
    "init",
    "check",
    "inventory",
    "records",
    "vault",
    "lab",
    "trust",
    "network",
    "plan",
    "status",
    "run",
    "bundle",
    "audit",
    "runs",
    "logs",
    "steering",
    "schedules",
    "worker",
    "broker",
    "journal",
    "database",
    "explain",
    "config",
)


def main() -> None:
    """Run the command line; the only place that catches our base error."""
    # pydantic would look through every installed package for plugins, at each start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.exit(run(sys.argv[1:]))


def command_line() -> typer.Typer:
    """The whole command line with every verb hung onto it."""
    for name in VERBS:
        import_module(f"yiwang.cli.{name}")
    from yiwang.cli.root import app

    return app


def run(arguments: list[str]) -> int:
    """Carry out one command line and return its exit code."""
    # Help texts are translated when the verbs are imported, so the language comes first.
    for flag, value in pairwise([*arguments, ""]):
        if flag == "--language" or flag.startswith("--language="):
            use(flag.partition("=")[2] or value)
    import typer

    from yiwang.cli import output, usage

    usage.speak()

    try:
        code = typer.main.get_command(command_line()).main(arguments, prog_name="yiwang", standalone_mode=False)
    except YiwangError as error:
        output.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        # Typer carries its own copy of click: usage errors are known by their interface.
        if not hasattr(error, "exit_code") or not hasattr(error, "show"):
            raise
        usage.show(error)
        return 64 if error.exit_code == 2 else int(error.exit_code)
    return code if isinstance(code, int) else 0
