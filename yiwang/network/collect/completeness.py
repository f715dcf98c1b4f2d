"""Whether a configuration is whole: its end, its size, and its size against the last one."""

from __future__ import annotations

from yiwang.core.i18n import _
from yiwang.network.platforms.model import Platform


def doubt(platform: Platform, text: str, last_bytes: int = 0) -> str:
    """Why a configuration cannot be taken for whole, in the reader's language; empty when it can.

    ``last_bytes`` is the size of the one before; 0 when there was none.
    """
    rule = platform.completeness
    size = len(text.encode())
    if size < rule.smallest_bytes:
        return _("it has {size} bytes, and at least {least} are needed").format(size=size, least=rule.smallest_bytes)
    if rule.end is not None and not rule.end.fullmatch(_last_line(text)):
        return _('its last line is "{line}"').format(line=_last_line(text)[:80])
    if rule.end is None and size < last_bytes * rule.shrunk_to:
        return _("it has {size} bytes, and the last one had {last}").format(size=size, last=last_bytes)
    return ""


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()
