"""Profiles: what runs in a host at bring-up, one small YAML file each in ``profiles/``.

An estate may bring its own in ``lab/profiles/`` beside its ``estate.yaml``; one of the same name, or for
the same kind of adapter, takes the place of the product's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from yiwang.core.document import parse, read
from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, validate
from yiwang.inventory.loading.files import PROFILES_FOLDER
from yiwang.lab.command import LabError

BAD_PROFILE = code(
    "E6350",
    N_("the profile {file} cannot be used: {details}"),
    N_("mend what is named; the product's own profiles show how they are written"),
)
UNKNOWN_WORD = code("E6351", N_('there is no word "@{word}@"'), N_("known here: {known}"))

STANDARD = Path(__file__).with_name("profiles")
WORD = re.compile(r"@([a-z][a-z0-9_]*)@")
HOST_WORDS = frozenset(("host", "address"))
ADAPTER_WORDS = frozenset(
    ("adapter", "system", "user", "database", "port", "scram", "mysql_hash", "unix_hash", "rabbitmq_hash")
)


class Choice(Declared):
    """A word that depends on what an adapter declares."""

    by: Literal["direction", "charset", "account"] = Field(description=N_("what it depends on"))
    default: str = Field("", description=N_("taken where nothing is declared"))
    values: dict[str, str] = Field(description=N_("what is declared, and the text that stands for it"))
    substitutes: tuple[str, ...] = Field((), description=N_("what is declared and only stood in for"))


class Profile(Declared):
    """What a kind of host runs and needs.

    In ``files`` and ``setup``, ``@word@`` is replaced: by what is known of the host, of the adapter that the
    server is for, and by the profile's own ``choices``.
    """

    title: str = Field(description=N_("what people call it"))
    services: tuple[str, ...] = Field(description=N_("systemd services that start at boot"))
    memory_mib: int = Field(gt=0, description=N_("memory that such a host takes, in MiB"))
    packages: tuple[str, ...] = Field((), description=N_("Debian packages beyond the image"))
    adapters: tuple[str, ...] = Field((), description=N_("kinds of adapters whose department's server it is"))
    port: int = Field(22, gt=0, lt=65536, description=N_("TCP port that answers when the host is ready"))
    choices: dict[str, Choice] = Field(default_factory=dict, description=N_("words of its own"))
    layer_files: dict[str, str] = Field(
        default_factory=dict, description=N_("files that are there before the packages are installed")
    )
    files: dict[str, str] = Field(default_factory=dict, description=N_("files of the host"))
    setup: str = Field("", description=N_("shell script that runs once at the first boot, once for each adapter"))

    @field_validator("layer_files", "files")
    @classmethod
    def _no_leading_slash(cls, files: dict[str, str]) -> dict[str, str]:
        return {path.lstrip("/"): content for path, content in files.items()}

    @model_validator(mode="after")
    def _words_are_known(self) -> Profile:
        plain = HOST_WORDS | (ADAPTER_WORDS if self.adapters else frozenset())
        for choice in self.choices.values():
            _require_words(choice.values.values(), plain)
        _require_words((*self.files.values(), self.setup), plain | self.choices.keys())
        return self


def _require_words(texts: Iterable[str], known: Set[str]) -> None:
    for word in (word for text in texts for word in WORD.findall(text)):
        if word not in known:
            shown = ", ".join(f"@{each}@" for each in sorted(known))
            raise PydanticCustomError("E6351", "unknown word", {"word": word, "known": shown})


@cache
def profiles(estate: Path | None = None) -> Mapping[str, Profile]:
    """Every profile by its name: the product's, and those in an estate's folder.

    Raises:
        LabError: one of them has mistakes (E6350).
    """
    return {**_in(STANDARD), **own_profiles(estate)}


def own_profiles(estate: Path | None) -> Mapping[str, Profile]:
    """The profiles that an estate brings.

    Raises:
        LabError: one of them has mistakes (E6350).
    """
    return _in(estate / PROFILES_FOLDER) if estate else {}


def profile_of_kind(kind: str, estate: Path | None = None) -> str:
    """The name of the profile whose host is the server of a kind of adapter; "" where there is none."""
    found = {each: name for name, profile in _in(STANDARD).items() for each in profile.adapters}
    found |= {each: name for name, profile in own_profiles(estate).items() for each in profile.adapters}
    return found.get(kind, "")


@cache
def _in(folder: Path) -> Mapping[str, Profile]:
    return {file.stem: _profile(file) for file in sorted(folder.glob("*.yaml"))}


def _profile(file: Path) -> Profile:
    content, unreadable = read(file)
    document, malformed = parse(content, file)
    profile, mistakes = validate(
        Profile, document.data, lambda path, of_key: document.position(path, of_key=of_key), subject=file.stem
    )
    problems = unreadable or malformed or mistakes
    if profile is None or problems:
        raise LabError(BAD_PROFILE, file=file, details="; ".join(_details(problems)))
    return profile


def _details(problems: tuple[Finding, ...]) -> Iterator[str]:
    for problem in problems:
        yield f"{problem.position.line}:{problem.position.column} {problem.message} ({problem.advice})"


def fill_words(template: str, text_of: Callable[[str], str]) -> str:
    """A template with every ``@word@`` replaced by what it stands for."""
    return WORD.sub(lambda match: text_of(match[1]), template)
