"""A secret's place in the vault, as the estate writes it: ``vault:counties/410621/edge-1/password``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from yiwang.core.errors import code
from yiwang.core.i18n import N_

PREFIX = "vault:"

CLEAR_SECRET = code(
    "E0601",
    N_("a secret stands here in clear text"),
    N_("put it into the vault with `yiwang vault set PATH` and write vault:PATH here"),
    N_(
        "Passwords, keys and communities are never written into the estate, because its files are copied, mailed and "
        "kept in git for ever. Change this secret on its device or node as well: it has been readable."
    ),
    private=True,
)

_PATH = re.compile(r"vault:[A-Za-z0-9_.@-]+(/[A-Za-z0-9_.@-]+)*")


def _reference(text: str) -> str:
    if not _PATH.fullmatch(text):
        # The custom error carries our code and nothing of the text, which may be the secret itself.
        raise PydanticCustomError("E0601", "a secret stands here in clear text")
    return text


SecretRef = Annotated[str, AfterValidator(_reference)]
"""Field type of a reference to a secret; plain text is refused without being shown."""
