"""The commands that a node in memory understands."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from yiwang.deploy.engine.transport import Output

if TYPE_CHECKING:
    from yiwang.deploy.engine.fake import FakeNode

Answer = Callable[["FakeNode", re.Match[str]], Output]
MISSING = Output(1, "", "No such file or directory\n")


@dataclass
class FakeFile:
    """A file, a folder (``content`` is None) or a link (``target``)."""

    content: bytes | None = b""
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    target: str = ""

    @property
    def letters(self) -> str:
        """Its type and mode as ``ls`` writes them."""
        kind = "l" if self.target else "d" if self.content is None else "-"
        return kind + "".join(letter if self.mode >> 8 - i & 1 else "-" for i, letter in enumerate("rwxrwxrwx"))


def _word(quoted: str) -> str:
    return "".join(shlex.split(quoted))


def _stat(node: FakeNode, found: re.Match[str]) -> Output:
    path = _word(found[1])
    file = node.files.get(path.rstrip("/") or "/")
    if file is None:
        return Output(0)
    name = f"'{path}'" + (f" -> '{file.target}'" if file.target else "")
    size = 0 if " size=0 " in found[0] else len(file.content or b"")
    times = "atime=0 mtime=0 ctime=0"
    return Output(0, f"user={file.owner} group={file.group} mode={file.letters} {times} size={size} {name}\n")


def _content(node: FakeNode, quoted: str) -> bytes | None:
    file = node.files.get(_word(quoted))
    return file.content if file else None


def _cat(node: FakeNode, found: re.Match[str]) -> Output:
    path = _word(found[1])
    if path == "/etc/group":
        return Output(0, "".join(f"{name}:x:{number}:\n" for name, number in node.groups.items()))
    content = _content(node, found[1])
    return MISSING if content is None else Output(0, content.decode("utf-8", "surrogateescape"))


def _contents(node: FakeNode, found: re.Match[str]) -> Output:
    said = _cat(node, found)
    return Output(0, f"{_word(found[2])}\n") if said.code else said


def _head(node: FakeNode, found: re.Match[str]) -> Output:
    content = _content(node, found[1])
    return MISSING if content is None else Output(0, content[: int(found[2])].decode("utf-8", "surrogateescape"))


def _sha(node: FakeNode, found: re.Match[str]) -> Output:
    content = _content(node, found[1])
    if content is None:
        return Output(0)
    return Output(0, f"{hashlib.new(found[2].removesuffix('sum'), content).hexdigest()}  {_word(found[1])}\n")


def _grep(node: FakeNode, found: re.Match[str]) -> Output:
    pattern, path = _word(found[2]), _word(found[3])
    content = _content(node, found[3])
    if content is None:
        return Output(0)
    lines = [
        line for line in content.decode().splitlines() if re.search(_regex(pattern, is_extended=bool(found[1])), line)
    ]
    return Output(0, "".join(f"{line}\n" for line in lines) or f"__pyinfra_exists_{path}\n")


def _regex(pattern: str, *, is_extended: bool) -> str:
    pattern = pattern.replace("[[:space:]]", r"\s")
    return pattern if is_extended else re.sub(r"(?<!\\)([?+{}()|])", r"\\\1", pattern)


def _users(node: FakeNode, found: re.Match[str]) -> Output:
    rows = []
    names = {number: name for name, number in node.groups.items()}
    for entry in node.users.values():
        group = names.get(int(entry.split(":")[3]), "root")
        rows.append(f"{entry}|{group}|{group}||*\n")
    return Output(0, "".join(rows))


def _packages(node: FakeNode, found: re.Match[str]) -> Output:
    return Output(0, "".join(f"ii  {name} {version} all -\n" for name, version in sorted(node.packages.items())))


def _setting(node: FakeNode, found: re.Match[str]) -> Output:
    return Output(0, "".join(f"{key} = {node.settings[key]}\n" for key in found[1].split() if key in node.settings))


def _unit(node: FakeNode, found: re.Match[str]) -> Output:
    name = _word(found[2])
    active, enabled = node.services.get(name.removesuffix(".service"), ("dead", "disabled"))
    value = {"SubState": active, "UnitFileState": enabled}.get(found[1], "")
    return Output(0, f"Id={name}\n{found[1]}={value}\n")


def _install(node: FakeNode, found: re.Match[str]) -> Output:
    for word in shlex.split(found[2]):
        if found[1] == "install" and not word.startswith("-"):
            node.packages.setdefault(word.partition("=")[0], "1.0")
        elif not word.startswith("-"):
            node.packages.pop(word, None)
    return Output(0)


def _group(node: FakeNode, found: re.Match[str]) -> Output:
    words = shlex.split(found[1])
    number = int(words[words.index("--gid") + 1]) if "--gid" in words else 1000 + len(node.groups)
    node.groups[words[0] if not words[0].startswith("-") else words[-1]] = number
    return Output(0)


def _user(node: FakeNode, found: re.Match[str]) -> Output:
    words = shlex.split(found[1])
    given = dict(pairwise(words))
    name = words[-1]
    number = given.get("--uid", str(1000 + len(node.users)))
    group = node.groups.get(given.get("-g", ""), int(number))
    node.users[name] = f"{name}:x:{number}:{group}::{given.get('-d', f'/home/{name}')}:{given.get('-s', '/bin/sh')}"
    return Output(0)


def _folder(node: FakeNode, found: re.Match[str]) -> Output:
    for path in shlex.split(found[1]):
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            node.files.setdefault("/" + "/".join(parts[:depth]), FakeFile(None, 0o755))
    return Output(0)


def _chmod(node: FakeNode, found: re.Match[str]) -> Output:
    if file := node.files.get(_word(found[2])):
        file.mode = int(found[1], 8)
    return Output(0 if file else 1)


def _chown(node: FakeNode, found: re.Match[str]) -> Output:
    if file := node.files.get(_word(found[3])):
        owner, _colon, group = found[2].partition(":")
        if found[1] == "chgrp":
            owner, group = "", owner
        file.owner, file.group = owner or file.owner, group or file.group
    return Output(0 if file else 1)


def _append(node: FakeNode, found: re.Match[str]) -> Output:
    path = _word(found[2])
    node.write(path, (_content(node, found[2]) or b"") + _word(found[1]).encode() + b"\n")
    return Output(0)


def _substitute(node: FakeNode, found: re.Match[str]) -> Output:
    _s, pattern, replacement, _flags = re.split(r"(?<!\\)/", _word(found[2]))
    content = (_content(node, found[3]) or b"").decode()
    regex = _regex(pattern.replace(r"\/", "/"), is_extended=bool(found[1]))
    text = re.sub(
        regex, lambda _match: replacement.replace(r"\/", "/").replace(r"\&", "&"), content, flags=re.MULTILINE
    )
    node.write(_word(found[3]), text.encode())
    return Output(0)


def _set(node: FakeNode, found: re.Match[str]) -> Output:
    key, _equals, value = _word(found[1]).partition("=")
    node.settings[key] = value
    return Output(0, f"{key} = {value}\n")


def _systemctl(node: FakeNode, found: re.Match[str]) -> Output:
    name = _word(found[2]).removesuffix(".service")
    active, enabled = node.services.get(name, ("dead", "disabled"))
    active = {"start": "running", "restart": "running", "reload": active, "stop": "dead"}.get(found[1], active)
    enabled = {"enable": "enabled", "disable": "disabled"}.get(found[1], enabled)
    node.services[name] = (active, enabled)
    return Output(0)


def _remove(node: FakeNode, found: re.Match[str]) -> Output:
    for path in shlex.split(found[1]):
        for each in [name for name in node.files if name == path or name.startswith(f"{path}/")]:
            del node.files[each]
    return Output(0)


def _link(node: FakeNode, found: re.Match[str]) -> Output:
    node.files[_word(found[2])] = FakeFile(b"", 0o777, target=_word(found[1]))
    return Output(0)


def _rehearse(node: FakeNode, found: re.Match[str]) -> Output:
    """What the engine does to a copy of a file, to show the difference."""
    copy, path = f"{found[1]}/copy", _word(found[2])
    node.files[copy] = FakeFile(_content(node, found[2]))
    for step in re.findall(r"^\( (.*?)\n\) >/dev/null 2>&1$", found[3], re.DOTALL | re.MULTILINE):
        node.do(step)
    content = node.files.pop(copy).content or b""
    return Output(0, content.decode().replace(copy, path))


def _nothing(node: FakeNode, found: re.Match[str]) -> Output:
    return Output(0)


_Q = r"('(?:[^']|'\"'\"')*'|\S+?)"
COMMANDS: tuple[tuple[str, Answer], ...] = (
    (rf"mkdir -m 700 (\S+) \|\| exit\n.*?\[ -f {_Q} \] && cp -p [^\n]*\n(.*)\nsed '.*", _rehearse),
    (rf"! \(test -e {_Q} \|\| .*", _stat),
    (rf"cat {_Q}", _cat),
    (rf"\( test -e .*? && cat {_Q} \) \|\| echo {_Q}", _contents),
    (rf"\[ -f {_Q} \] && head -c (\d+) .*", _head),
    (rf"test -e {_Q} && \( (\w+sum) .*", _sha),
    (rf"grep (-E )?-e {_Q} {_Q} 2> /dev/null .*", _grep),
    (r"awk -F: .*/etc/group (?:/etc/shadow )?/etc/passwd", _users),
    (r"if command -v dpkg .*", _packages),
    (r"sysctl ([\w. -]+) 2>/dev/null \|\| true", _setting),
    (rf"if command -v systemctl .* --property Id --property (\w+) {_Q} \); .*", _unit),
    (r".*apt-get .*\b(install|remove|purge) (.*)", _install),
    (r"groupadd (.*)", _group),
    (r"useradd (.*)", _user),
    (r"mkdir -p (.*)", _folder),
    (rf"chmod (\d+) {_Q}", _chmod),
    (rf"(chown|chgrp) (?:-h )?(\S+) {_Q}", _chown),
    (rf"echo {_Q} >> {_Q}", _append),
    (rf"sed (-E )?-i\.\d+ {_Q} {_Q}(?: && rm -f .*)?", _substitute),
    (rf"sysctl {_Q}", _set),
    (rf"systemctl (start|stop|restart|reload|enable|disable) {_Q}", _systemctl),
    (r"rm -r?f (.*)", _remove),
    (rf"ln -s {_Q} {_Q}", _link),
    (r"command -v .*|uname -s|.*rollback.*|true", _nothing),
)
"""What the node understands, the first that matches."""
