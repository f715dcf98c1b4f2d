"""Message translation: English message ids, catalogue ``zh_CN`` complete.

Every part keeps its own ``zh_CN.po``; ``scripts/catalogue`` compiles them into one
``yiwang/core/locale/zh_CN/LC_MESSAGES/yiwang.mo``.  The language comes from, in this
order: :func:`use`, ``YIWANG_LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh_CN")
LOCALE_FOLDER = Path(__file__).parent / "locale"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def language_of(name: str) -> str:
    """``en`` or ``zh_CN`` for a locale or browser tag such as ``zh-Hans-CN`` or ``zh_CN.UTF-8``."""
    return "zh_CN" if name.lower().startswith("zh") else "en"


def use(name: str | None) -> None:
    """Choose the language of this context; ``None`` returns to the environment's."""
    _chosen.set(language_of(name) if name else None)


def language() -> str:
    """The language in force: ``en`` or ``zh_CN``."""
    chosen = _chosen.get()
    if chosen:
        return chosen
    for variable in ("YIWANG_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return language_of(value)
    return "en"


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    if name == "en":
        return gettext.NullTranslations()
    return gettext.translation("yiwang", LOCALE_FOLDER, languages=[name], fallback=True)


def _(message: str) -> str:
    """The message in the language in force."""
    return _catalogue(language()).gettext(message) if message else ""


class Message(str):
    """A message id that waits for translation; :func:`fill` translates it inside another message."""

    __slots__ = ()


def N_(message: str) -> Message:  # noqa: N802 - the name that message extraction knows
    """Mark a message for the catalogue without translating it now."""
    return Message(message)


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The translated template with its values; values that are message ids are translated too."""
    return _(template).format(**{key: _(v) if isinstance(v, Message) else v for key, v in values.items()})
