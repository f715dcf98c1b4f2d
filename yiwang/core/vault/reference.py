"""A secret's place in the vault, as the estate writes it: ``vault:counties/410621/edge-1/password``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_

PREFIX = "vault:"
LONGEST_PATH = 250

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
BAD_PATH = code(
    "E0602",
    N_('"{given}" cannot be the path of a secret'),
    N_("write names of letters, digits and _ . @ - joined by /, such as counties/410621/devices/edge-1/password"),
    N_(
        "A path leads to one secret below the vault's folder. No part may begin with a dot or a hyphen, and the whole "
        "has at most 250 characters, so that a path is a file name on every system."
    ),
)

_PART = r"[A-Za-z0-9_@][A-Za-z0-9_.@-]*"
_PATH = re.compile(rf"{_PART}(/{_PART})*")


def is_path(text: str) -> bool:
    """Whether the text can be the path of a secret."""
    return len(text) <= LONGEST_PATH and _PATH.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class SecretReference:
    """The path of a secret; its text form is ``vault:`` and the path."""

    path: str

    def __post_init__(self) -> None:
        if not is_path(self.path):
            raise UsageError(BAD_PATH, given=self.path)

    @classmethod
    def parse(cls, text: str) -> SecretReference:
        """From ``vault:<path>``, or the bare path.

        Raises:
            UsageError: the path is malformed (E0602).
        """
        return cls(text.removeprefix(PREFIX))

    def __str__(self) -> str:
        return f"{PREFIX}{self.path}"


def _reference(text: str) -> str:
    if not (text.startswith(PREFIX) and is_path(text.removeprefix(PREFIX))):
        # The custom error carries our code and nothing of the text, which may be the secret itself.
        raise PydanticCustomError("E0601", "a secret stands here in clear text")
    return text


SecretRef = Annotated[
    str,
    AfterValidator(_reference),
    WithJsonSchema({"type": "string", "pattern": rf"^{PREFIX}{_PATH.pattern}$"}),
]
"""Field type of a reference to a secret; plain text is refused without being shown."""
