"""Facts of pyinfra that are slow on the node or change by being read, and equal ones in their place.

A test on a real node compares each with the original.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.facts import files, server
from pyinfra.operations import files as files_operations
from pyinfra.operations import server as server_operations

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


def _without_times(command: Any) -> str:
    # When it was written, and how large a folder is on its disk, differs between nodes that are alike.
    times = "atime=%X mtime=%Y ctime=%Z size=%s"
    return str(command.get_raw_value()).replace(times, "atime=0 mtime=0 ctime=0 size=0")


class StandingFile(files.File):
    """A file's owner and mode."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_times(super().command(path))  # type: ignore[no-untyped-call]


class StandingDirectory(files.Directory):
    """A folder's owner and mode."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_times(super().command(path))  # type: ignore[no-untyped-call]


class StandingLink(files.Link):
    """Where a link leads, and its owner."""

    def command(self, path: str) -> str:
        """As the original."""
        return _without_times(super().command(path))  # type: ignore[no-untyped-call]


class OpenUsers(Users):
    """The accounts without their passwords, which differ between nodes that are alike."""

    def command(self) -> str:
        """As the original."""
        return USERS.replace('FILENAME == "/etc/shadow" { password[$1] = $2; next }\n', "").replace(" /etc/shadow", "")


REPLACEMENTS: dict[type[FactBase[Any]], type[FactBase[Any]]] = {
    server.Users: Users,
    files.File: File,
    files.Directory: Directory,
    files.Link: Link,
}

NARROWER: dict[type[FactBase[Any]], tuple[type[FactBase[Any]], frozenset[str], tuple[str, ...]]] = {
    fact: (narrow, frozenset(("put", "template", "file", "directory", "link")), ("atime", "mtime"))
    for fact, narrow in (
        (files.File, StandingFile),
        (files.Directory, StandingDirectory),
        (files.Link, StandingLink),
    )
}
"""What says less, the operations for which that is enough, and their arguments with which it is not."""
NARROWER[server.Users] = (OpenUsers, frozenset(("user", "group")), ("password",))
MOST_BY_PLACE = 8
"""The arguments that matter here come later; who gives so many without names is not looked at closer."""


def equal_to(fact: Any, function: Any, args: Sequence[Any], arguments: Mapping[str, Any]) -> Any:
    """The fact to ask for in the place of one that an operation of pyinfra's asks for."""
    if arguments.get("atime") or len(args) > MOST_BY_PLACE:
        # An operation that sets the time of reading must see it.
        return fact
    narrow, operations, unless = NARROWER.get(fact, (fact, frozenset(), ()))
    is_own = function.__module__ in (files_operations.__name__, server_operations.__name__)
    if is_own and function.__name__ in operations and not any(arguments.get(each) for each in unless):
        return narrow
    return REPLACEMENTS.get(fact, fact)
