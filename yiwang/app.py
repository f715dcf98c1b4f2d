"""The composition root: the one place that knows every part and ties them together."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module

from yiwang.core.errors import ErrorCode, registered_codes
from yiwang.core.settings import Loaded, Settings, load_settings

# Modules that register error codes; `yiwang explain` and the reference import them all.
CODE_MODULES = (
    "yiwang.core.document",
    "yiwang.core.validation",
    "yiwang.core.settings",
)


def error_codes() -> tuple[ErrorCode, ...]:
    """Every error code of the product, by id."""
    for name in CODE_MODULES:
        import_module(name)
    return registered_codes()


class App:
    """Settings and what is opened from them, each on first use."""

    def __init__(self, loaded: Loaded | None = None) -> None:
        self.loaded = loaded or load_settings()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    @cached_property
    def nothing(self) -> None:
        """Placeholder until the first service is tied in."""
