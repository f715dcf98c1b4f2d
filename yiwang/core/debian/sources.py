"""Debian's package sources as this machine has them, in apt's deb822 form (sources.list(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import DebianError, code
from yiwang.core.i18n import N_

NO_SOURCES = code(
    "E6102",
    N_("no package source of Debian {suite} in {folder}"),
    N_('add one, such as "deb http://MIRROR/debian {suite} main" in {folder}/sources.list, or mend `Suites:`'),
    N_(
        "Images and bundles are made from this machine's own package sources: enabled entries whose suite is that of "
        "the running release or of its updates. A local mirror will do; entries of other vendors are left out."
    ),
)

AREAS = {"main", "contrib", "non-free", "non-free-firmware"}
POCKETS = ("", "-updates", "-security", "/updates", "-proposed-updates", "-backports")
# Whatever else stands in `Enabled`, apt takes for yes.
NO = {"no", "false", "without", "off", "disable", "0"}
OPTION_FIELDS = {"arch": "Architectures", "lang": "Languages", "target": "Targets"}
ONE_LINE = re.compile(
    r"(?P<type>deb|deb-src)\s+(?:\[(?P<options>[^]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One entry: its fields by their names, which apt reads in any case; an embedded key keeps its lines."""

    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """A field's value, empty where it is absent."""
        return next((value for key, value in self.fields.items() if key.lower() == name.lower()), "")

    def words(self, name: str) -> tuple[str, ...]:
        """A field's value as words."""
        return tuple(self.get(name).split())

    def having(self, **values: str) -> Source:
        """The same entry with other values of fields."""
        given = {name.lower(): value for name, value in values.items()}
        return Source({name: given.get(name.lower(), value) for name, value in self.fields.items()})

    def __str__(self) -> str:
        return "".join(f"{name}: {value}\n" for name, value in self.fields.items())


@dataclass(frozen=True, slots=True)
class Sources:
    """The package sources of one release."""

    suite: str
    entries: tuple[Source, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))

    @property
    def is_on_disk(self) -> bool:
        """Whether packages come from a folder of this machine."""
        return any(uri.startswith(("file:", "copy:")) for entry in self.entries for uri in entry.words("URIs"))


def machine_sources(folder: Path = Path("/etc/apt"), *, release: Path = Path("/etc/os-release")) -> Sources:
    """Debian's own entries for the running release.

    Raises:
        DebianError: there is none (E6102).
    """
    suite = codename(release.read_text(encoding="utf-8") if release.is_file() else "")
    found = tuple(_of_debian(entry for file in _files(folder) for entry in _read(file)))
    entries = tuple(kept for entry in found if (kept := _narrowed(entry, suite)))
    trusted = tuple(entry for entry in entries if _is_signed_by_debian(entry))
    if trusted:
        entries = tuple(entry for entry in entries if _is_signed_by_debian(entry) or not entry.get("Signed-By"))
    if not any(suite in entry.words("Suites") for entry in entries):
        raise DebianError(NO_SOURCES, suite=suite or "?", folder=folder)
    return Sources(suite, entries)


def codename(os_release: str) -> str:
    """The release's name in the text of ``/etc/os-release``, empty where it has none."""
    found = re.search(r"^VERSION_CODENAME=[\"']?([\w.-]+)", os_release, re.MULTILINE)
    return found[1] if found else ""


def _files(folder: Path) -> list[Path]:
    parts = folder / "sources.list.d"
    listed = sorted((*parts.glob("*.list"), *parts.glob("*.sources")))
    # apt reads no file whose name has other characters.
    named = [file for file in listed if re.fullmatch(r"[\w.-]+", file.name, re.ASCII)]
    return [file for file in (folder / "sources.list", *named) if file.is_file()]


def _read(file: Path) -> Iterator[Source]:
    text = file.read_text(encoding="utf-8", errors="replace")
    return parse_deb822(text) if file.suffix == ".sources" else parse_lines(text)


def parse_lines(text: str) -> Iterator[Source]:
    """The entries of a one-line-style file; what is no entry is passed over."""
    for line in text.splitlines():
        found = ONE_LINE.fullmatch(line.partition("#")[0].strip())
        if found:
            yield Source(
                {
                    "Types": found["type"],
                    "URIs": found["uri"],
                    "Suites": found["suite"],
                    **({"Components": found["rest"].strip()} if found["rest"].strip() else {}),
                    **dict(_option(option) for option in (found["options"] or "").split() if "=" in option),
                }
            )


def _option(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    suffix = {"+": "-Add", "-": "-Remove"}.get(name[-1:], "")
    name = name.rstrip("+-")
    field = OPTION_FIELDS.get(name.lower()) or "-".join(map(str.capitalize, name.split("-")))
    return field + suffix, value.replace(",", " ")


def parse_deb822(text: str) -> Iterator[Source]:
    """The entries of a deb822-style file."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", lines):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                if name and line.strip():
                    fields[name] += f"\n{line}"
            elif ":" in line:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields:
            yield Source(fields)


def _of_debian(entries: Iterator[Source]) -> Iterator[Source]:
    for entry in entries:
        is_off = entry.get("Enabled").lower() in NO
        is_debian = AREAS.issuperset(entry.words("Components")) and entry.words("Components")
        if is_debian and not is_off and "deb" in entry.words("Types") and not entry.get("URIs").startswith("cdrom:"):
            yield entry


def _narrowed(entry: Source, suite: str) -> Source | None:
    suites = [each for each in entry.words("Suites") if suite and each in {f"{suite}{pocket}" for pocket in POCKETS}]
    return entry.having(types="deb", suites=" ".join(suites)) if suites else None


def _is_signed_by_debian(entry: Source) -> bool:
    return Path(entry.get("Signed-By")).name.startswith("debian-archive")
