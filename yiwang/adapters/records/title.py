"""Names in two languages, as data carries them."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.i18n import N_, language
from yiwang.core.validation import Declared


class Titled(Declared):
    """Something with a Chinese and an English name."""

    zh: str = Field(min_length=1, description=N_("Chinese name"))
    en: str = Field(min_length=1, description=N_("English name"))

    @property
    def title(self) -> str:
        """The name in the language in force."""
        return self.zh if language() == "zh_CN" else self.en
