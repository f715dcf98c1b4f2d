"""Texts of a rule, in both languages."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.i18n import N_, language
from yiwang.core.validation import Declared


class Words(Declared):
    """One text in Chinese and English."""

    zh: str = Field(min_length=1, description=N_("in Chinese"))
    en: str = Field(min_length=1, description=N_("in English"))

    def __str__(self) -> str:
        return self.zh if language() == "zh_CN" else self.en
