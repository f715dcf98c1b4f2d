"""The sample site that comes with nginx."""

from __future__ import annotations

from pyinfra.operations import files

from yiwang.core.i18n import _
from yiwang.deploy.components.operations.configuration import Configuration


def no_sample_site() -> Configuration:
    """Put nothing in its place, before or after the package is there.

    Debian's package links it only where nothing of its name is, and starts the server before we come again.
    """
    path = "/etc/nginx/sites-enabled/default"
    return Configuration(path, files.link(name=_("sample site is gone"), path=path, target="/dev/null"))
