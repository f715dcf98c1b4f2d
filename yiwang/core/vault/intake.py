"""Taking over secrets that lie elsewhere: variables files, plain or encrypted by ansible-vault, and CSV lists.

In a file that ansible-vault encrypted as a whole every value is a secret.  In a plain one
the secrets are the values tagged ``!vault`` and those whose key sounds like one.
"""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yiwang.core.errors import VaultError
from yiwang.core.i18n import N_
from yiwang.core.vault import cipher
from yiwang.core.vault.faults import NOT_IMPORTABLE, TAKEN
from yiwang.core.vault.files import write_whole
from yiwang.core.vault.keys import Keys
from yiwang.core.vault.reference import PREFIX, SecretReference
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

SOUNDS_SECRET = re.compile(r"passw(or)?d|passphrase|secret|token|communit(y|ies)|private_?key|api_?key|密码|口令", re.I)
CSV_COLUMNS = ["path", "value"]
NOTHING = frozenset(("", "~", "null", "true", "false"))


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a file: the path it will have, its value, and how to put the reference in its stead."""

    path: str
    secret: Secret
    replace: Callable[[str], None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Intake:
    """The secrets of a file, and the file's text once references stand in their stead."""

    file: Path
    found: tuple[Found, ...]
    text: Callable[[], str] = field(repr=False)


def read_intake(file: Path, keys: Keys, *, under: str = "", every: bool = False) -> Intake:
    """The secrets of a file, with paths below ``under``; nothing is written.

    Args:
        file: a YAML file of variables, plain or encrypted, or a CSV file with the columns path and value.
        keys: where the keys of what is encrypted are found.
        under: beginning of the paths.
        every: take every text value of a plain YAML file.

    Raises:
        UsageError: a key in the file cannot be part of a path (E0602).
        VaultError: the file cannot be read or holds no secret (E0614), or a key is missing (E0604–E0606).
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise VaultError(NOT_IMPORTABLE, file=file, reason=error.strerror or str(error)) from error
    is_sealed = cipher.read_header(content) is not None
    text = _opened(content, keys, file).reveal() if is_sealed else _decoded(content, file)
    if file.suffix.lower() == ".csv":
        intake = _from_csv(file, text, under)
    else:
        intake = _from_yaml(file, text, _Taking(file, keys, every or is_sealed), under)
    if not intake.found:
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("no secret was recognised in it"))
    return intake


def take_in(vault: Vault, intake: Intake, *, overwrite: bool = False) -> tuple[SecretReference, ...]:
    """Put all secrets of a file into the vault and return their references, in the file's order.

    What the vault has already with the same value stays as it is, so that an interrupted import can be run again.

    Raises:
        VaultError: the vault has another secret there and ``overwrite`` is not given (E0623); nothing is written then.
    """
    present = set(vault.paths())
    kept = {each.path for each in intake.found if each.path in present and vault.open(each.path) == each.secret}
    if not overwrite and (taken := [e.path for e in intake.found if e.path in present and e.path not in kept]):
        raise VaultError(TAKEN, path=taken[0])
    vault.record("import", str(intake.file), secrets=len(intake.found))
    for each in intake.found:
        if each.path not in kept:
            vault.set(each.path, each.secret)
    return tuple(SecretReference(each.path) for each in intake.found)


def replace(intake: Intake) -> None:
    """Write the file anew with references in the secrets' stead; comments and order are kept.

    Raises:
        VaultError: the file cannot be written (E0612).
    """
    for each in intake.found:
        each.replace(str(SecretReference(each.path)))
    write_whole(intake.file, intake.text().encode(), mode=stat.S_IMODE(intake.file.stat().st_mode))


def _decoded(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("not UTF-8 text")) from None


def _opened(content: bytes, keys: Keys, file: Path) -> Secret:
    header = cipher.read_header(content)
    if header is None:
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("not in the ansible-vault format"))
    try:
        return cipher.decrypt(content, keys.key(header.id))
    except cipher.CipherError as error:
        raise VaultError(NOT_IMPORTABLE, file=file, reason=error.reason) from None


def _from_csv(file: Path, text: str, under: str) -> Intake:
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not set(CSV_COLUMNS) <= set(rows[0]):
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("the columns path and value are missing"))
    found = []
    for row in rows:
        if row["path"] and row["value"] and not row["value"].startswith(PREFIX):
            path = SecretReference("/".join(filter(None, (under, row["path"])))).path
            found.append(Found(path, Secret(row["value"]), _replacement(row, "value")))

    def written() -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return Intake(file, tuple(found), written)


def _from_yaml(file: Path, text: str, taking: _Taking, under: str) -> Intake:
    from ruamel.yaml.error import YAMLError

    from yiwang.core.rewriting import rewriter

    yaml = rewriter(text)
    try:
        data = yaml.load(text)
    except YAMLError:
        # The parser's own words quote the line, which may hold a secret.
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("it is not YAML")) from None
    if not isinstance(data, dict):
        raise VaultError(NOT_IMPORTABLE, file=file, reason=N_("it is not a mapping of variables"))

    def written() -> str:
        out = io.StringIO()
        yaml.dump(data, out)
        return out.getvalue()

    return Intake(file, tuple(_leaves(data, tuple(filter(None, under.split("/"))), taking)), written)


@dataclass(frozen=True, slots=True)
class _Taking:
    file: Path
    keys: Keys
    every: bool
    visited: set[int] = field(default_factory=set)

    def secret(self, key: str, value: Any) -> Secret | None:
        """The secret in a value, or None when it is none."""
        if getattr(getattr(value, "tag", None), "value", None) == "!vault":
            return _opened(re.sub(r"[ \t]", "", str(value.value)).encode(), self.keys, self.file)
        if not isinstance(value, str) or value.startswith(PREFIX) or value in NOTHING:
            return None
        return Secret(str(value)) if self.every or SOUNDS_SECRET.search(key) else None


def _leaves(data: Any, parts: tuple[str, ...], taking: _Taking, key: str = "") -> Iterator[Found]:
    # Anchors and aliases make one container appear in several places, even inside itself.
    if id(data) in taking.visited:
        return
    taking.visited.add(id(data))
    is_mapping = isinstance(data, dict)
    for place, value in list(data.items() if is_mapping else enumerate(data)):
        # What a list holds is judged by the list's key, and counted from 1.
        judged = str(place) if is_mapping else key
        here = (*parts, str(place) if is_mapping else str(place + 1))
        if isinstance(value, dict | list):
            yield from _leaves(value, here, taking, judged)
        elif (secret := taking.secret(judged, value)) is not None:
            yield Found(SecretReference("/".join(here)).path, secret, _replacement(data, place))


def _replacement(data: Any, place: Any) -> Callable[[str], None]:
    def put(reference: str) -> None:
        data[place] = reference

    return put
