"""Finding platforms by name and reading their files when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from yiwang.core.document import Document, parse, read
from yiwang.core.errors import EstateError, NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.validation import validate
from yiwang.network.faults import NetworkError
from yiwang.network.platforms.model import Platform, Stranger

GROUP = "yiwang.platforms"
BUILT_IN = Path(__file__).parent
UNSUPPORTED = BUILT_IN / "unsupported"
FOLDER = "platforms"
OWN = ("marks", "snmp", "end_of_life", "netmiko", "based_on")
"""What a platform does not take from the one it is based on: how it is recognised."""

UNKNOWN = code(
    "E3001",
    N_('there is no platform "{given}"{suggestion}'),
    N_("known platforms: {known}; put platforms/{given}.yaml into the estate to add one"),
)
TWICE = code(
    "E3002",
    N_('the platform "{name}" comes from {first} and from {second}'),
    N_("give one of them another name"),
)
CIRCLE = code(
    "E3003", N_('the platform "{name}" is based on itself: {way}'), N_("correct based_on: in one of the files")
)

Kind = TypeVar("Kind", bound=Stranger)


class Platforms:
    """Every platform by name: Yiwang's own, those of installed packages, and the estate's.

    ``estate`` is the estate's folder.

    Raises:
        NetworkError: two have the same name (E3002).
    """

    def __init__(self, estate: Path | None = None) -> None:
        self._files: dict[str, Path] = {}
        self._read: dict[str, Platform] = {}
        for folder in (BUILT_IN, *_installed(), *([estate / FOLDER] if estate else [])):
            for file in sorted(folder.glob("*.yaml")):
                self._add(file.stem, file)

    def _add(self, name: str, file: Path) -> None:
        if name in self._files:
            raise NetworkError(TWICE, name=name, first=self._files[name], second=file)
        self._files[name] = file

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all platforms; none is read for this."""
        return tuple(sorted(self._files))

    def find(self, name: str) -> Platform:
        """The platform of a name.

        Raises:
            NotFoundError: there is none (E3001).
            EstateError: its file has mistakes; the error carries them.
            NetworkError: it is based on itself (E3003).
        """
        if name not in self._read:
            document = self._document(name)
            self._read[name] = _checked(Platform, document, self._merged(name, document, ()))
        return self._read[name]

    def beside(self, name: str, ending: str) -> Path | None:
        """The file of a name and an ending beside a platform's own, else beside that of the one it is based on.

        Raises:
            NotFoundError: there is no such platform (E3001).
        """
        document = self._document(name)
        if (file := self._files[name].with_suffix(ending)).is_file():
            return file
        base = document.data.get("based_on")
        return self.beside(base, ending) if base and base != name else None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that platforms come from."""
        return tuple(dict.fromkeys(file.parent for file in self._files.values()))

    def all(self) -> Mapping[str, Platform]:
        """Every platform by name; errors as of :meth:`find`."""
        return {name: self.find(name) for name in self.names}

    def _document(self, name: str) -> Document:
        if name not in self._files:
            raise NotFoundError(
                UNKNOWN, given=name, suggestion=suggestion(name, self.names), known=", ".join(self.names)
            )
        return _document(self._files[name])

    def _merged(self, name: str, document: Document, before: tuple[str, ...]) -> dict[str, Any]:
        own: dict[str, Any] = document.data
        base = own.get("based_on")
        if not base:
            return own
        if name in before:
            raise NetworkError(CIRCLE, name=name, way=" → ".join((*before, name)))
        return _over(self._merged(base, self._document(base), (*before, name)), own)


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Each section of the base with what is said anew of it; who the platform is, is never inherited."""
    merged = {key: value for key, value in base.items() if key not in OWN}
    for key, value in own.items():
        before = merged.get(key)
        merged[key] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


@cache
def strangers() -> Mapping[str, Stranger]:
    """The platforms that are recognised and not supported, by name."""
    found = {file.stem: _document(file) for file in sorted(UNSUPPORTED.glob("*.yaml"))}
    return {name: _checked(Stranger, document, document.data) for name, document in found.items()}


def _installed() -> Iterator[Path]:
    for entry in entry_points(group=GROUP):
        yield Path(str(files(entry.value)))


def _document(file: Path) -> Document:
    content, unread = read(file)
    document, problems = parse(content, file)
    if findings := (*unread, *problems):
        raise EstateError(findings)
    return document


def _checked(model: type[Kind], document: Document, data: Any) -> Kind:
    made, findings = validate(model, data, lambda path, of_key: document.position(path, of_key=of_key))
    if made is None:
        raise EstateError(findings)
    return made
