"""Placeholders of secrets in rendered text, and the step that puts the secrets in: at the last moment, masked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.vault.reference import PREFIX
from yiwang.core.vault.secret import Secret
from yiwang.network.faults import NetworkError
from yiwang.network.intent.table import IntentTable, Rewriting

PLACEHOLDER = re.compile(rf"<{PREFIX}(?P<path>[^<>\s]+)>")
_TYPABLE = re.compile(r"[!-~]+")

NOT_TYPABLE = code(
    "E3403",
    N_('the secret "{path}" cannot be typed at a device'),
    N_("give it printable ASCII characters without blanks: yiwang vault set {path}"),
    N_(
        "Command lines end a word at a blank and a command at the end of the line, and most devices take no other "
        "letters. A secret that is cut off there would lock you out."
    ),
)


def placeholder(reference: str) -> str:
    """What stands in rendered text for the secret of a reference such as ``vault:network/ospf-key``."""
    return f"<{reference}>"


def references(text: str) -> Iterator[str]:
    """The paths of the secrets that a rendered text needs, each once."""
    return iter(dict.fromkeys(found["path"] for found in PLACEHOLDER.finditer(text)))


def plain(text: str, table: IntentTable, open_secret: Callable[[str], Secret]) -> Secret:
    """What is typed at the device: lines in the form in which they are entered, with their secrets.

    The result is itself a secret, which no log and no exception shows.

    Raises:
        NetworkError: a secret cannot be typed (E3403).
        NotFoundError: the vault does not hold one.
    """
    opened = {path: _typable(path, open_secret(path)) for path in references(text)}
    lines = (_typed(line, table.typed) if PLACEHOLDER.search(line) else line for line in text.split("\n"))
    return Secret("\n".join(PLACEHOLDER.sub(lambda found: opened[found["path"]].reveal(), line) for line in lines))


def _typable(path: str, secret: Secret) -> Secret:
    if not _TYPABLE.fullmatch(secret.reveal()):
        raise NetworkError(NOT_TYPABLE, path=path)
    return secret


def _typed(line: str, rewritings: tuple[Rewriting, ...]) -> str:
    bare = line.lstrip()
    for each in rewritings:
        if found := each.shown.match(bare):
            return line[: len(line) - len(bare)] + found.expand(each.typed)
    return line
