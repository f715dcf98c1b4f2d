"""Help headings and wrong usage in the reader's language; Typer by itself says them in English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer.core

# Typer carries its own copy of click and offers no public way to these two.
from typer._click.core import Context
from typer._click.formatting import HelpFormatter

from yiwang.cli import output
from yiwang.core.errors import suggestion
from yiwang.core.i18n import N_, _

# What Typer passes through its own translation function.
FRAMEWORK = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("default: {default}"),
    N_("required"),
    N_("env var: {var}"),
    N_("Missing command."),
    N_("No such command {name!r}."),
    N_("Aborted!"),
    N_("(dynamic)"),
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)


class Formatter(HelpFormatter):
    """Help with the words that are Typer's own in the reader's language too."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that begins with "Usage:"."""
        super().write_usage(prog, args, prefix or _("Usage: "))

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write options with what they do."""
        super().write_dl([(term, _(text)) for term, text in rows], col_max, col_spacing)


def speak() -> None:
    """Let Typer take its headings from our catalogue."""
    setattr(typer.core, "_", _)  # noqa: B010 - the attribute is private to Typer, a test holds it to this
    Context.formatter_class = Formatter


def show(error: Any) -> None:
    """Tell what is wrong with a command line, in two lines and a hint."""
    context = getattr(error, "ctx", None)
    if context is not None:
        output.note(context.get_usage())
        hint = _("try `{command} --help`")
        output.note(f"  → {hint.format(command=context.command_path)}")
    output.note(_("wrong usage: {message}").format(message=_told(error, context)))


def _told(error: Any, context: Any) -> str:
    kind = type(error).__name__
    if kind == "NoSuchOption":
        known = [name for option in context.command.get_params(context) for name in option.opts] if context else []
        message = _("there is no option {given}{suggestion}")
        return message.format(given=error.option_name, suggestion=suggestion(error.option_name, known))
    hint = error.param.get_error_hint() if getattr(error, "param", None) else getattr(error, "param_hint", "")
    if kind == "MissingParameter":
        return _("{parameter} is missing").format(parameter=hint)
    if kind == "BadParameter":
        return _("{parameter}: {message}").format(parameter=hint, message=error.message)
    return str(error.format_message())
