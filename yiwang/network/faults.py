"""What goes wrong with devices and with what is known about them: the error class of this part."""

from __future__ import annotations

from yiwang.core.errors import YiwangError


class NetworkError(YiwangError):
    """A device, its configuration or the table of its platform cannot be used."""
