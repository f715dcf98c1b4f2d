"""The error tree and the stable codes.

Tree::

    YiwangError
    ├── UsageError          the command line was wrong (exit 64)
    ├── SettingsError       a setting is unknown or has a bad value
    ├── DocumentError       a YAML file cannot be read
    ├── DatabaseError       the database cannot be opened or is of another version
    ├── JournalError        the journal does not verify
    ├── JobError            a run or a step cannot do what was asked
    ├── VaultError          a secret cannot be read or written
    ├── EstateError         the declared estate has findings of severity error
    ├── ListError           a list to import has findings; nothing was written
    ├── AddressError        a pool has no room for what is asked of it
    ├── DebianError         packages cannot be found, fetched, indexed or signed
    ├── AdapterError        a record, a mapping or an adapter cannot be used
    │   └── MappingError    a mapping has mistakes, or does not fit its source
    └── NotFoundError       what was named does not exist

Codes: E0xxx core, E1xxx inventory, E2xxx deploy, E3xxx network, E4xxx adapters,
E5xxx monitoring, E6xxx lab, E7xxx console.  A code is never reused for another meaning.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yiwang.core.i18n import N_, _, fill


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; line and column count from 1, 0 means the file as a whole."""

    file: Path
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a code means: message and advice are templates, the explanation is prose.

    All three are English message ids, translated when they are shown.  ``private`` means that
    the source line must not be shown, because it may hold a secret.
    """

    id: str
    message: str
    advice: str
    explanation: str = ""
    private: bool = False

    def __str__(self) -> str:
        return self.id


_registry: dict[str, ErrorCode] = {}


def code(id: str, message: str, advice: str, explanation: str = "", *, private: bool = False) -> ErrorCode:
    """Register a code and return it; raises ValueError when the id is taken."""
    if id in _registry:
        raise ValueError(f"error code {id} is registered twice")
    _registry[id] = ErrorCode(id, message, advice, explanation, private)
    return _registry[id]


def find_code(id: str) -> ErrorCode | None:
    """The code of that id, when its module has been imported."""
    return _registry.get(id)


def registered_codes() -> tuple[ErrorCode, ...]:
    """Every code of the modules imported so far, by id."""
    return tuple(_registry[key] for key in sorted(_registry))


def nearest(given: str, known: Iterable[str]) -> str | None:
    """The known word that ``given`` most resembles, if any does."""
    near = difflib.get_close_matches(given, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def suggestion(given: str, known: Iterable[str]) -> str:
    """'; did you mean "x"?' for the nearest known word, or an empty string."""
    near = nearest(given, known)
    return _('; did you mean "{near}"?').format(near=near) if near else ""


class YiwangError(Exception):
    """Base of all errors that a person should read instead of a traceback."""

    exit_code = 1

    def __init__(self, error: ErrorCode, *, position: Position | None = None, **values: Any) -> None:
        self.error = error
        self.position = position
        self.values = values
        super().__init__(error.id)

    @property
    def message(self) -> str:
        """What happened, in the current language."""
        return fill(self.error.message, self.values)

    @property
    def advice(self) -> str:
        """What to do next, in the current language."""
        return fill(self.error.advice, self.values)

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        return f"{where}{self.error.id} {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders in the job executor; keyword arguments must survive.
        return (_restore, (type(self), self.error, self.position, self.values))


def _restore(
    kind: type[YiwangError], error: ErrorCode, position: Position | None, values: dict[str, Any]
) -> YiwangError:
    made = kind.__new__(kind)
    YiwangError.__init__(made, error, position=position, **values)
    return made


class UsageError(YiwangError):
    """The command line was wrong."""

    exit_code = 64


class SettingsError(YiwangError):
    """A setting is unknown or has a bad value."""


class DocumentError(YiwangError):
    """A YAML file cannot be read."""


class DatabaseError(YiwangError):
    """The database cannot be opened or is of another version."""


class JournalError(YiwangError):
    """The journal does not verify."""


class JobError(YiwangError):
    """A run or a step cannot do what was asked."""


class VaultError(YiwangError):
    """A secret cannot be read or written."""


class AddressError(YiwangError):
    """A pool has no room for what is asked of it."""


class DebianError(YiwangError):
    """Packages cannot be found, fetched, indexed or signed."""


class AdapterError(YiwangError):
    """A record, a mapping or an adapter cannot be used."""


class NotFoundError(YiwangError):
    """What was named does not exist."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded observation about a declared object: severity is error, warning or advice."""

    error: ErrorCode
    severity: str
    position: Position
    subject: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What is wrong, in the current language."""
        return fill(self.error.message, self.values)

    @property
    def advice(self) -> str:
        """What to do next, in the current language."""
        return fill(self.error.advice, self.values)

    def __str__(self) -> str:
        subject = f"{self.subject}: " if self.subject else ""
        return f"{self.position}: {self.error.id} {subject}{self.message}"


def in_reading_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By file, line and column."""

    def place(finding: Finding) -> tuple[str, int, int, str]:
        at = finding.position
        return str(at.file), at.line, at.column, finding.error.id

    return tuple(sorted(findings, key=place))


class EstateError(YiwangError):
    """The declared estate has findings of severity error; all of them are in ``findings``."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        errors = sum(1 for finding in findings if finding.severity == "error")
        super().__init__(ESTATE_INVALID, count=errors)

    def __reduce__(self) -> tuple[Any, ...]:
        return (EstateError, (self.findings,))


ESTATE_INVALID = code(
    "E1000",
    N_("the estate has {count} error(s)"),
    N_("mend what the findings above name and run `yiwang check` again"),
)


class ListError(YiwangError):
    """A list to import has mistakes; all of them are in ``findings``, and nothing was written."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__(LIST_INVALID, count=len(findings))

    def __reduce__(self) -> tuple[Any, ...]:
        return (ListError, (self.findings,))


class MappingError(AdapterError):
    """A mapping has mistakes, or does not fit its source; all of them are in ``findings``."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__(MAPPING_INVALID, count=len(findings))

    def __reduce__(self) -> tuple[Any, ...]:
        return (MappingError, (self.findings,))


LIST_INVALID = code(
    "E1209",
    N_("the list has {count} error(s); nothing was written"),
    N_("mend the cells named above (file:row:column) and import it again"),
)
MAPPING_INVALID = code(
    "E4101",
    N_("the mapping has {count} error(s)"),
    N_("mend what the findings above name and try again"),
)
