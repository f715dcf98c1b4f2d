"""What the agent answers by itself on a node: the facts that pyinfra asks for most, in the programs' own words.

A shell and a program for each would take a hundred times as long.  Whatever is not of the plainest kind is
left to them.  This file is sent as text, before ``agent.py``; a test compares it with the programs.
"""

from __future__ import annotations

# pathlib takes longer to import than all the rest.
# ruff: noqa: PTH114, PTH115, PTH116, PTH118, PTH123
import grp
import os
import pwd
import re
import stat

try:
    # Without the whole of OpenSSL, which hashlib loads.
    from _sha1 import sha1  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACE = r"(/[A-Za-z0-9_@%+=:,./-]*)"
STAT_FORMAT = "user=%U group=%G mode=%A atime=%Y mtime=%Y ctime=%Z size=%s %N"
STANDING_FORMAT = "user=%U group=%G mode=%A atime=0 mtime=0 ctime=0 size=0 %N"
LARGEST_HASHED = 8 << 20


def stat_of(place: str, is_standing: bool = False) -> str | None:
    """What ``stat`` says of a path, or nothing when there is none; of one that is standing without times and size."""
    try:
        found = os.lstat(place)
        target = os.readlink(place) if stat.S_ISLNK(found.st_mode) else ""
    except (FileNotFoundError, NotADirectoryError):
        return ""
    if not re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]*", target):
        return None
    mode, size, name = stat.filemode(found.st_mode), found.st_size, f"'{place}'" + (f" -> '{target}'" if target else "")
    written, changed = found.st_mtime_ns // 10**9, found.st_ctime_ns // 10**9
    user, group = name_of(pwd.getpwuid, found.st_uid), name_of(grp.getgrgid, found.st_gid)
    times = f"atime={written} mtime={written} ctime={changed}"
    if is_standing:
        times, size = "atime=0 mtime=0 ctime=0", 0
    return f"user={user} group={group} mode={mode} {times} size={size} {name}\n"


def standing_of(place: str) -> str | None:
    """What ``stat`` says of a path without times and size."""
    return stat_of(place, is_standing=True)


def name_of(find: Any, number: int) -> str:
    """An account's or a group's name."""
    try:
        return str(find(number)[0])
    except KeyError:
        return "UNKNOWN"


def sha1_of(place: str) -> str | None:
    """What ``sha1sum`` says of a file, or nothing when there is none."""
    try:
        if not stat.S_ISREG(os.stat(place).st_mode) or os.stat(place).st_size > LARGEST_HASHED:
            return None
        with open(place, "rb") as file:
            return f"{sha1(file.read()).hexdigest()}  {place}\n"  # noqa: S324 - pyinfra compares by it
    except (FileNotFoundError, NotADirectoryError):
        return ""


def setting_of(key: str) -> str | None:
    """What ``sysctl`` says of a key of one line."""
    if not any(os.access(os.path.join(each, "sysctl"), os.X_OK) for each in os.get_exec_path()):
        return None
    with open("/proc/sys/" + key.replace(".", "/")) as file:
        value = file.read()
    return f"{key} = {value}" if value.count("\n") == 1 and value.endswith("\n") else None


LITERAL = frozenset('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-=/:,#@%"~<>;!&')
SIGN = re.compile(r"\[\[:space:\]\]|\\[].*[^$/]|.", re.DOTALL)
LARGEST_SEARCHED = 1 << 20


def pattern_of(given: str, is_extended: bool) -> str | None:
    """A regular expression of ``grep`` as one of Python's; none when it is not of the plainest kind."""
    made, may_repeat = "", False
    signs = SIGN.findall(given)
    for index, sign in enumerate(signs):
        may_repeat_next = True
        if sign == "[[:space:]]":
            made += r"[ \t\v\f\r]"
        elif sign == "." or sign in LITERAL or (sign[0] == "\\" and len(sign) == 2):
            made += "." if sign == "." else re.escape(sign[-1])
        elif (sign == "*" or (is_extended and sign in "?+")) and may_repeat:
            made, may_repeat_next = made + sign, False
        elif sign in "?+" and not is_extended:
            made += "\\" + sign
        elif (sign == "^" and index == 0) or (sign == "$" and index == len(signs) - 1):
            made, may_repeat_next = made + ("^" if sign == "^" else r"\Z"), False
        else:
            return None
        may_repeat = may_repeat_next
    return made


def lines_of(extended: str | None, given: str, place: str) -> str | None:
    """What ``grep`` says of a file of plain ASCII, or the mark that there is such a file, or nothing."""
    pattern = pattern_of(given, bool(extended))
    try:
        os.lstat(place)
        found = os.stat(place)
        if pattern is None or not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_SEARCHED:
            return None
        with open(place, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None if os.path.islink(place) else ""
    if not content.isascii() or b"\0" in content:
        return None
    lines = content.decode("ascii").split("\n")
    if lines[-1] == "":
        lines.pop()
    matching = [line for line in lines if re.search(pattern, line)]
    return "".join(f"{line}\n" for line in matching) or f"__pyinfra_exists_{place}\n"


def stat_command(given: str) -> str:
    """The pattern of the command by which pyinfra looks at a path."""
    return (
        rf"! \(test -e {PLACE} \|\| test -L \1 \) \|\| \( stat -c '{re.escape(given)}' \1 2> /dev/null"
        r" \|\| stat -f '[^']*' \1 \|\| ls -ld \1 \)"
    )


KNOWN = (
    (stat_command(STANDING_FORMAT), standing_of),
    (stat_command(STAT_FORMAT), stat_of),
    (
        rf"test -e {PLACE} && \( sha1sum \1 2> /dev/null \|\| shasum \1 2> /dev/null \|\| sha1 \1 2> /dev/null \)"
        r" \|\| true",
        sha1_of,
    ),
    (
        rf"grep (-E )?-e '([^']*)' {PLACE} 2> /dev/null"
        r" \|\| \( find \3 -type f > /dev/null && echo __pyinfra_exists_\3 \|\| true \)",
        lines_of,
    ),
    (r"sysctl ([a-z0-9_]+(?:\.[a-z0-9_]+)+) 2>/dev/null \|\| true", setting_of),
)


def known(command: str) -> str | None:
    """What a command that is known would say; None when a shell must say it."""
    for pattern, answer_of in KNOWN:
        found = re.fullmatch(pattern, command)
        if found:
            try:
                return answer_of(*found.groups())
            except (OSError, UnicodeError):
                return None
    return None
