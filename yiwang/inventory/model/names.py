"""Field types that several kinds share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from yiwang.core.i18n import N_

NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""An object's name: lower-case letters, digits and hyphens, at most 63, so that it is a valid host name."""

DivisionCode = Annotated[str, Field(pattern=r"^(\d{6}|\d{9}|\d{12})$")]
"""Administrative division (GB/T 2260, GB/T 10114): 6, 9 (township) or 12 (village) digits."""

Port = Annotated[int, Field(ge=1, le=65535)]


def _no_newline(text: str) -> str:
    if "\n" in text.strip():
        raise ValueError(N_("a single line of text"))
    return text


Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_newline)]
"""What people call it, usually Chinese."""
