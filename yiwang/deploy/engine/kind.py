"""What each operation changes, from the table ``operations.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from typing import Any

COMMAND = "command"
OF_THE_NODE = frozenset(("package", "service", "user", "group", "sysctl"))
"""Kinds of which the node itself knows how they stood."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an operation changes; see the table for the fields."""

    kind: str = COMMAND
    subject: str = ""
    saves: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    metadata: bool = False
    rehearse: bool = False

    def subject_of(self, arguments: Mapping[str, Any]) -> str:
        """What is changed, by name."""
        return _word(arguments.get(self.subject))

    def saved(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The files of the target that it may change."""
        found = (path for each in self.saves for path in self._files(each, arguments))
        return tuple(path for path in found if path.startswith("/"))

    @staticmethod
    def _files(entry: str, arguments: Mapping[str, Any]) -> Sequence[str]:
        if "/" in entry:
            return [entry.format_map({key: value or "" for key, value in arguments.items()})]
        given = arguments.get(entry) or ""
        return [str(given)] if not isinstance(given, list | tuple) else given

    def is_undone(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a rollback puts back all that it changes, as far as it says what that is."""
        if self.kind in OF_THE_NODE:
            return True
        return bool(self.saved(arguments)) or any(arguments.get(each) is not None for each in self.saves)

    def read(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The files of the controller that it reads."""
        return tuple(value for each in self.reads if isinstance(value := arguments.get(each), str))


@dataclass(frozen=True, slots=True)
class Access:
    """What can cut the controller's own way to a target."""

    paths: tuple[str, ...]
    services: tuple[str, ...]
    kinds: tuple[str, ...]
    words: tuple[str, ...]

    def touches(self, kind: str, subject: str, saved: tuple[str, ...], commands: tuple[str, ...]) -> bool:
        """Whether a change may cut it."""
        if kind in self.kinds or any(fnmatch(path, each) for path in saved for each in self.paths):
            return True
        if kind == "service":
            return subject.removesuffix(".service") in self.services
        return kind == COMMAND and any(word in command.split() for command in commands for word in self.words)


@cache
def _table() -> tuple[dict[str, Kind], Access]:
    import yaml

    data = yaml.safe_load((files(__package__) / "operations.yaml").read_text(encoding="utf-8"))
    kinds = {
        name: Kind(**{key: _frozen(value) for key, value in row.items()}) for name, row in data["operations"].items()
    }
    return kinds, Access(**{key: tuple(value) for key, value in data["access"].items()})


def table() -> dict[str, Kind]:
    """Every operation that is known, by name."""
    return dict(_table()[0])


def kind_of(operation: str) -> Kind:
    """What an operation changes; one that is not in the table is a command."""
    return _table()[0].get(operation, Kind())


def access() -> Access:
    """What can cut the way."""
    return _table()[1]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _word(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None or hasattr(value, "read") else str(value)
