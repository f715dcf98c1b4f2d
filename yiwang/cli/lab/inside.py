"""``yiwang lab run``, ``exec`` and ``ssh``: working in a lab."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from yiwang.cli.lab import lab
from yiwang.cli.lab.options import HostArgument, LabOption, chosen_lab
from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_, _

NO_COMMAND = code("E0030", N_("there is no program {command} on this machine"), N_("check its name, or give its path"))

CommandArgument = Annotated[list[str] | None, typer.Argument(metavar="[COMMAND]…", help=_("Default: a shell."))]
AS_IT_IS = {"allow_interspersed_args": False, "ignore_unknown_options": True}


@lab.command(
    "run",
    help=_("Run a command of this machine in the lab's network, where the declared addresses are the lab's hosts."),
    context_settings=AS_IT_IS,
)
def run(context: typer.Context, command: CommandArgument = None, name: LabOption = "") -> None:
    """Replace this process by a command in the lab's network."""
    from yiwang.lab.readiness import require_root

    require_root()
    entered = chosen_lab(context, name)
    entered.enter()
    words = command or [os.environ.get("SHELL", "/bin/sh")]
    _become(words, entered.environment)


@lab.command("exec", help=_("Run a command inside a host, as root."), context_settings=AS_IT_IS)
def exec_(context: typer.Context, host: HostArgument, command: CommandArgument = None, name: LabOption = "") -> None:
    """Replace this process by a command inside a host."""
    from yiwang.lab.machine import environment
    from yiwang.lab.readiness import require_root

    require_root()
    machine = chosen_lab(context, name).machine(host)
    _become(machine.command(_words(command) or ["/bin/bash", "-l"]), environment())


@lab.command("ssh", help=_("Log in to a host over SSH with its declared account."), context_settings=AS_IT_IS)
def ssh(context: typer.Context, host: HostArgument, command: CommandArgument = None, name: LabOption = "") -> None:
    """Replace this process by ``ssh`` to a host; on a device, its command line."""
    from yiwang.lab.readiness import require_root

    require_root()
    chosen = chosen_lab(context, name)
    chosen.machine(host).require_running()
    _become(chosen.ssh_command(host, _words(command)), dict(os.environ))


def _words(command: list[str] | None) -> list[str]:
    # The parser stops at the host's name and leaves a `--` that follows.
    words = command or []
    return words[1:] if words[:1] == ["--"] else words


def _become(words: list[str], environment: dict[str, str]) -> None:
    try:
        os.execvpe(words[0], words, environment)  # noqa: S606 - a command of the person at the terminal
    except FileNotFoundError as error:
        raise NotFoundError(NO_COMMAND, command=words[0]) from error
