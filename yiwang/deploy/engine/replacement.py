"""Facts of pyinfra that are slow on the node or change by being read, and equal ones in their place.

A test on a real node compares each with the original.
"""

from __future__ import annotations

from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.facts import files, server

# The original runs five programs an account, one of which reads the whole log of logins.  The last login
# is left out: no operation decides by it, and it changes with every login.
USERS = """
awk -F: '
FILENAME == "/etc/group" {
    if (!($3 in name)) name[$3] = $1
    count = split($4, member, ",")
    for (i = 1; i <= count; i++) if (member[i] != "") {
        groups[member[i]] = groups[member[i]] " " $1
        gid[member[i], $1] = $3
    }
    next
}
FILENAME == "/etc/shadow" { password[$1] = $2; next }
{
    own = ($4 in name) ? name[$4] : $4
    print $0 "|" own "|" own groups[$1] "||" password[$1]
}' /etc/group /etc/shadow /etc/passwd
""".strip()


class Users(server.Users):
    """The accounts of the node's own files, in one pass."""

    def command(self) -> str:
        """One program for all accounts."""
        return USERS


def _without_access_time(command: Any) -> str:
    # Reading a file to compare it changes when it was last read.
    return str(command.get_raw_value()).replace("atime=%X", "atime=%Y")


class File(files.File):
    """A file, whose last reading counts as its last writing."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_access_time(super().command(path))  # type: ignore[no-untyped-call]


class Directory(files.Directory):
    """A folder, whose last reading counts as its last writing."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_access_time(super().command(path))  # type: ignore[no-untyped-call]


class Link(files.Link):
    """A link, whose last reading counts as its last writing."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_access_time(super().command(path))  # type: ignore[no-untyped-call]


REPLACEMENTS: dict[type[FactBase[Any]], type[FactBase[Any]]] = {
    server.Users: Users,
    files.File: File,
    files.Directory: Directory,
    files.Link: Link,
}
