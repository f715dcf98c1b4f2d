"""Canonical JSON: one text for one value, so that it can be hashed, compared and stored.

Keys sorted, no blanks, UTF-8 as it is, no NaN.  What is not plain data is refused; above
all a secret, which must never reach a database row, a log or a plan.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from yiwang.core.errors import DatabaseError, code
from yiwang.core.i18n import N_

NOT_PLAIN = code(
    "E0310",
    N_("a value of type {kind} cannot be stored"),
    N_("store texts, numbers, true, false, null, lists and mappings with text keys only"),
    N_("Rows, events and the journal hold plain JSON data, so that any version and any program can read them."),
)
SECRET = code(
    "E0311",
    N_("a secret was about to be stored in clear text and was refused"),
    N_("pass its reference, such as vault:devices/core-1, and open it where it is used"),
    N_("Payloads, results, events, evidence and the journal never hold secrets, only references to the vault."),
)


def _refuse(value: Any) -> NoReturn:
    from yiwang.core.vault.secret import Secret

    if isinstance(value, Secret):
        raise DatabaseError(SECRET)
    raise DatabaseError(NOT_PLAIN, kind=type(value).__name__)


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_refuse)


def canonical(value: Any) -> str:
    """The one JSON text of plain data.

    Raises:
        DatabaseError: the value is not plain data (E0310), or holds a secret (E0311).
    """
    try:
        text = _encoder.encode(value)
        text.encode("utf-8")
    except (ValueError, TypeError, RecursionError) as error:
        raise DatabaseError(NOT_PLAIN, kind=f"{type(value).__name__} ({error})") from error
    return text


def clean_text(text: str) -> str:
    """Text that every database can hold: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
