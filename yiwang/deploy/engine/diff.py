"""The difference between a file on the target and what it is to be, as a unified diff."""

from __future__ import annotations

import difflib
import secrets
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyinfra.api.command import FileUploadCommand, StringCommand

from yiwang.deploy.engine.connector import content_of
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.session import Session
from yiwang.deploy.engine.transport import Output

LARGEST = 256 << 10
LONGEST_DIFF = 64 << 10
TOKEN = "@token@"  # noqa: S105 - stands for a word that is drawn for every command


@dataclass(frozen=True, slots=True)
class Pair:
    """What a file is and what it is to be; None where there is none."""

    path: str
    running: bytes | None
    desired: bytes | None

    def __str__(self) -> str:
        if self.running == self.desired:
            return ""
        sizes = [0 if each is None else len(each) for each in (self.running, self.desired)]
        texts = [_text(each) for each in (self.running, self.desired)]
        if max(sizes) > LARGEST or None in texts:
            return f"Binary or large files differ: {self.path} ({sizes[0]} -> {sizes[1]} bytes)\n"
        before, after = (_lines(each or "") for each in texts)
        old, new = (self.path if each is not None else "/dev/null" for each in (self.running, self.desired))
        return "".join(difflib.unified_diff(before, after, old, new, "running", "desired"))


Looks = tuple[tuple["Look", ...], ...]
"""For each change, the files whose difference is shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """A path, what is to be there if that is known here, and the commands that tell the rest."""

    path: str
    desired: bytes | None
    commands: tuple[str, ...]


def looks_of(masking: Masking, changes: Sequence[Decided]) -> Looks:
    """What has to be looked at to show the differences; the same for all targets of one verdict."""
    return tuple(tuple(_looks(masking, change)) for change in changes)


def read(session: Session, looks: Looks) -> Sequence[Output]:
    """What the commands of all looks say; all is read in one message, nothing is changed."""
    commands = (command for each in looks for look in each for command in look.commands)
    # Several copies are made at once, and nobody can know the name of one before it is made.
    asked = [command.replace(TOKEN, secrets.token_hex(8)) for command in commands]
    return session.transport.look(asked).outputs or () if asked else ()


def diffs(session: Session, looks: Looks, outputs: Sequence[Output]) -> list[str]:
    """The masked diff of each change, or ""."""
    said = iter(outputs)
    found = []
    for each in looks:
        pairs = [_pair(look.path, look.desired, [next(said) for _command in look.commands]) for look in each]
        found.append(session.masking.mask("".join(map(str, pairs)))[:LONGEST_DIFF])
    return found


def _looks(masking: Masking, change: Decided) -> Iterator[Look]:
    for command in change.commands:
        if isinstance(command, FileUploadCommand):
            yield Look(command.dest, content_of(command.src), (_read(command.dest),))
    if change.kind.rehearse:
        for path in change.saved:
            commands = [each.get_raw_value() for each in change.commands if isinstance(each, StringCommand)]
            touching = [each for each in commands if shlex.quote(path) in each]
            if touching and all(map(masking.is_clear, touching)):
                yield Look(path, None, (_read(path), _rehearse(path, touching)))


def _pair(path: str, desired: bytes | None, outputs: list[Output]) -> Pair:
    running, *rehearsed = [None if each.code else _bytes(each.out) for each in outputs]
    return Pair(path, running, rehearsed[0] if rehearsed else desired)


def _read(path: str) -> str:
    name = shlex.quote(path)
    return f"[ -f {name} ] && head -c {LARGEST + 1} {name}"


def _rehearse(path: str, commands: Sequence[str]) -> str:
    """Do to a copy in memory what the commands do to the file, and show it."""
    folder = f"/dev/shm/yiwang-{TOKEN}"  # noqa: S108 - made by mkdir, which takes no existing one
    copy, name = f"{folder}/copy", shlex.quote(path)
    steps = "\n".join(f"( {each.replace(name, copy)}\n) >/dev/null 2>&1" for each in commands)
    begin = f"mkdir -m 700 {folder} || exit\ntrap 'rm -rf {folder}' EXIT\n[ -f {name} ] && cp -p {name} {copy}\n"
    # What was written may name the file itself.
    return f"{begin}{steps}\nsed 's|{copy}|{path.replace('|', '?')}|g' {copy}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(content: bytes | None) -> str | None:
    if content is None:
        return ""
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
