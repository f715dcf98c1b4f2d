"""Whether the estate and the vault fit together: every reference leads to a secret that can be opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from yiwang.core.document import Document
from yiwang.core.errors import Finding, Position, VaultError, suggestion
from yiwang.core.vault import cipher
from yiwang.core.vault.faults import UNENCRYPTED, UNOPENED, UNRESOLVED, UNUSED
from yiwang.core.vault.reference import PREFIX, is_path
from yiwang.core.vault.rules import FILE_NAME
from yiwang.core.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Use:
    """A reference and the place where it stands."""

    path: str
    position: Position


def uses_in(documents: Iterable[Document]) -> Iterator[Use]:
    """Every reference in parsed YAML files, wherever it stands."""
    for document in documents:
        yield from _uses(document, document.data, ())


def _uses(document: Document, data: Any, at: tuple[str | int, ...]) -> Iterator[Use]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _uses(document, value, (*at, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _uses(document, value, (*at, number))
    elif isinstance(data, str) and data.startswith(PREFIX) and is_path(data.removeprefix(PREFIX)):
        yield Use(data.removeprefix(PREFIX), document.position(at))


def check(vault: Vault, uses: Iterable[Use]) -> tuple[Finding, ...]:
    """Everything that is wrong: references without a secret, secrets that do not open, plain files, unused secrets.

    A secret whose key is not at hand is not judged; how many there are is a warning.
    """
    present = vault.paths()
    used = tuple(uses)
    findings = list(_unresolved(used, present))
    findings += _plain(vault)
    findings += _unopened(vault, present)
    named = {use.path for use in used}
    for path in present:
        if path not in named:
            findings.append(Finding(UNUSED, "advice", Position(vault.file(path)), values={"path": path}))
    return tuple(findings)


def _unresolved(uses: Iterable[Use], present: tuple[str, ...]) -> Iterator[Finding]:
    known = frozenset(present)
    for use in uses:
        if use.path not in known:
            values = {"path": use.path, "suggestion": suggestion(use.path, present)}
            yield Finding(UNRESOLVED, "error", use.position, values=values)


def _plain(vault: Vault) -> Iterator[Finding]:
    for file in sorted(vault.folder.rglob("*")):
        name = file.relative_to(vault.folder).as_posix()
        if not file.is_file() or name == FILE_NAME or file.name.startswith("."):
            continue
        with file.open("rb") as stream:
            if cipher.read_header(stream.read(256)) is None:
                yield Finding(UNENCRYPTED, "error", Position(file))


def _unopened(vault: Vault, present: tuple[str, ...]) -> Iterator[Finding]:
    rules = vault.rules
    without_key: dict[str, int] = {}
    for path in present:
        file, id = vault.file(path), rules.id_of(path)
        if not vault.keys.has(id):
            without_key[id] = without_key.get(id, 0) + 1
        elif cipher.read_header(file.read_bytes()):
            try:
                vault.open(path)
            except VaultError as error:
                yield Finding(error.error, "error", Position(file), values=error.values)
    for id, count in without_key.items():
        yield Finding(UNOPENED, "warning", Position(vault.folder), values={"id": id, "count": count})
