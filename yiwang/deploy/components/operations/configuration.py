"""A file of configuration that something on the node reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file on the node with the operation that writes it."""

    path: str
    operation: Any


def written(title: str, source: str, path: str, *, mode: str = "644", **values: Any) -> Configuration:
    """Write a file: from a template (``….j2``) with values, or as it is.

    ``source`` is relative to the component's folder of files; ``owner`` and ``group`` among the values are
    the file's, both root where they are not given.
    """
    from pyinfra.operations import files

    owner, group = values.pop("owner", "root"), values.pop("group", "root")
    place = {"name": title, "src": f"files/{source}", "dest": path, "mode": mode, "user": owner, "group": group}
    if source.endswith(".j2"):
        tidy = {"trim_blocks": True, "lstrip_blocks": True}
        return Configuration(path, files.template(**place, jinja_env_kwargs=tidy, **values))
    return Configuration(path, files.put(**place))
