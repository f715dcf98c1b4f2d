"""Asking the person for a secret without showing it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.core.vault.secret import Secret


def has_person() -> bool:
    """Whether somebody can be asked: there is a terminal, even if standard input is a pipe."""
    try:
        Path("/dev/tty").open("rb").close()
    except OSError:
        return False
    return True


def ask_key(id: str) -> Secret | None:
    """The key of a vault id, typed; None when nobody can be asked."""
    return ask(_('key "{id}" of the vault: ').format(id=id)) if has_person() else None


def ask(prompt: str) -> Secret:
    """A secret, typed unseen; nothing when the input is ended instead."""
    from getpass import getpass

    from yiwang.core.vault.secret import Secret

    try:
        return Secret(getpass(prompt))
    except EOFError:
        return Secret("")


def secret_input(path: str) -> Secret:
    """The secret for a path: typed twice, or all of standard input without its last line break.

    Raises:
        UsageError: nothing was given, the two differ, or it is not UTF-8 (E0620).
    """
    from yiwang.core.errors import UsageError
    from yiwang.core.vault.faults import NO_INPUT
    from yiwang.core.vault.secret import Secret

    if not sys.stdin.isatty():
        try:
            given = Secret(sys.stdin.buffer.read().decode().removesuffix("\n").removesuffix("\r"))
        except UnicodeDecodeError:
            raise UsageError(NO_INPUT, reason=N_("not UTF-8 text")) from None
    else:
        given = ask(_("secret for {path}: ").format(path=path))
        if given != ask(_("once more: ")):
            raise UsageError(NO_INPUT, reason=N_("the two differ"))
    if given == Secret(""):
        raise UsageError(NO_INPUT, reason=N_("the input is empty"))
    return given
