"""Finding the files of an estate: the folder's own, then what they include."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import Finding, Position, code
from yiwang.core.i18n import N_
from yiwang.core.settings import FILE_NAME

NO_FOLDER = code(
    "E1001",
    N_("there is no estate at {folder}"),
    N_("give the folder that holds estate.yaml, or create one with `yiwang init CODE {folder}`"),
)
NO_FILES = code(
    "E1002",
    N_("the folder holds no YAML file"),
    N_("create an estate with `yiwang init CODE {folder}`"),
)
LINK_LOOP = code(
    "E1003",
    N_("this symbolic link leads back to a folder above it or to itself"),
    N_("remove the link: rm {link}"),
)
BROKEN_LINK = code(
    "E1004",
    N_("this symbolic link leads nowhere"),
    N_("remove the link or restore {target}"),
)
MISSING_INCLUDE = code(
    "E1005",
    N_('the included file "{name}" does not exist'),
    N_("correct the path; it is relative to the file that includes it"),
)
CIRCULAR_INCLUDE = code(
    "E1006",
    N_("the files include each other in a circle: {chain}"),
    N_("remove one of the includes"),
)

SUFFIXES = (".yaml", ".yml")
PROFILES_FOLDER = Path("lab/profiles")
"""Where an estate keeps what its rehearsal lab runs."""
RULES_FOLDER = Path("audit/rules")
"""Where an estate keeps audit rules of its own."""
NOT_DECLARED = (PROFILES_FOLDER, RULES_FOLDER, Path("playbooks"), Path("collections"))
"""What the lab and Ansible run and what devices are audited by: YAML, but nothing that is declared."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a folder, in reading order, and what was wrong on the way."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def find(folder: Path, *, skip: frozenset[str] = frozenset(("vault",))) -> Found:
    """Every YAML file below ``folder`` that declares something.

    Hidden folders, ``skip``, the settings file, and what Ansible and the lab run are left out.  Raises
    nothing: a folder that is not there is a finding.
    """
    if folder.is_file():
        return Found((folder,), ())
    if not folder.is_dir():
        return Found((), (Finding(NO_FOLDER, "error", Position(folder), values={"folder": folder}),))
    findings: list[Finding] = []
    left_out = _LeftOut(skip, frozenset(folder / each for each in NOT_DECLARED))
    files = tuple(sorted(_walk(folder, (), left_out, findings)))
    if not files and not findings:
        findings.append(Finding(NO_FILES, "error", Position(folder), values={"folder": folder}))
    return Found(files, tuple(findings))


@dataclass(frozen=True, slots=True)
class _LeftOut:
    names: frozenset[str]
    folders: frozenset[Path]

    def __contains__(self, path: Path) -> bool:
        return path.name.startswith(".") or path.name in self.names or path in self.folders


def _walk(folder: Path, above: tuple[str, ...], left_out: _LeftOut, findings: list[Finding]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        findings.append(Finding(LINK_LOOP, "error", Position(folder), values={"link": folder}))
        return
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = Path(entry.path)
        if path in left_out:
            continue
        if entry.is_symlink() and not path.exists():
            findings.append(_bad_link(path))
        elif entry.is_dir():
            yield from _walk(path, (*above, real), left_out, findings)
        elif entry.name.endswith(SUFFIXES) and entry.name != FILE_NAME:
            yield path


def _bad_link(path: Path) -> Finding:
    target = path.readlink()
    try:
        path.stat()
    except FileNotFoundError:
        return Finding(BROKEN_LINK, "error", Position(path), values={"target": target})
    except OSError:
        pass
    return Finding(LINK_LOOP, "error", Position(path), values={"link": path})
