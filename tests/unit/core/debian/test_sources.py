"""Debian's own package sources, found among whatever else a machine has."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.debian.sources import Source, Sources, codename, machine_sources, parse_deb822, parse_lines
from yiwang.core.errors import DebianError

ONE_LINE = """\
# deb http://old.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg arch=amd64,arm64] http://m.example/debian bookworm main
deb-src http://m.example/debian bookworm main
deb http://m.example/debian bookworm-updates main contrib # here
deb http://m.example/debian trixie main
deb cdrom:[Debian 12]/ bookworm main
"""
DEB822 = """\
Types: deb deb-src
# a comment in the middle
URIs: http://m.example/debian
Suites: bookworm bookworm-updates trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEZ
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""
DEBIAN = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"


class Machine:
    """A machine's ``/etc/apt`` and release."""

    def __init__(self, folder: Path) -> None:
        self.apt = folder / "apt"
        (self.apt / "sources.list.d").mkdir(parents=True)
        self.release = folder / "os-release"
        self.release.write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')

    def has(self, name: str, text: str) -> None:
        (self.apt / name).write_text(text)

    def sources(self) -> Sources:
        return machine_sources(self.apt, release=self.release)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def entry(uri: str, *, suites: str = "bookworm", components: str = "main", more: str = "") -> str:
    return f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: {components}\n{more}"


def uris(sources: Sources) -> list[str]:
    return [each.get("URIs") for each in sources.entries]


def test_one_line_entries_of_the_running_release_are_kept_with_their_options(machine: Machine) -> None:
    machine.has("sources.list", ONE_LINE)

    found = machine.sources()

    assert found.suite == "bookworm"
    assert [dict(each.fields) for each in found.entries] == [
        {
            "Types": "deb",
            "URIs": "http://m.example/debian",
            "Suites": "bookworm",
            "Components": "main",
            "Signed-By": "/usr/share/keyrings/debian-archive-keyring.gpg",
            "Architectures": "amd64 arm64",
        },
        {
            "Types": "deb",
            "URIs": "http://m.example/debian",
            "Suites": "bookworm-updates",
            "Components": "main contrib",
        },
    ]


def test_a_deb822_entry_keeps_its_key_and_loses_other_releases_and_sources(machine: Machine) -> None:
    machine.has("sources.list.d/debian.sources", DEB822)

    (found,) = machine.sources().entries

    assert found.get("types") == "deb"
    assert found.get("suites") == "bookworm bookworm-updates"
    assert found.get("signed-by").splitlines()[1:4:2] == [" -----BEGIN PGP PUBLIC KEY BLOCK-----", " mDMEZ"]


def test_files_that_apt_does_not_read_are_not_read(machine: Machine) -> None:
    machine.has("sources.list.d/debian.sources", entry("http://m.example/debian"))
    machine.has("sources.list.d/old.sources.bak", entry("http://old.example/debian"))
    machine.has("sources.list.d/two words.sources", entry("http://other.example/debian"))

    assert uris(machine.sources()) == ["http://m.example/debian"]


@pytest.mark.parametrize(
    "vendor",
    [
        entry("http://vendor.example/debian", components="stable"),
        entry("http://vendor.example/debian", suites="bookworm-vendor"),
        entry("http://vendor.example/debian", suites="./", components=""),
        entry("http://vendor.example/debian", more="Signed-By: /etc/apt/keyrings/vendor.gpg\n"),
    ],
    ids=["other-area", "other-suite", "flat", "other-key"],
)
def test_entries_of_other_vendors_are_left_out(machine: Machine, vendor: str) -> None:
    machine.has("sources.list.d/debian.sources", entry("http://m.example/debian", more=DEBIAN))
    machine.has("sources.list.d/vendor.sources", vendor)

    assert uris(machine.sources()) == ["http://m.example/debian"]


def test_a_mirror_that_a_city_signs_itself_will_do(machine: Machine) -> None:
    machine.has("sources.list.d/city.sources", entry("http://city.example/debian", more="Signed-By: /etc/city.gpg\n"))

    assert uris(machine.sources()) == ["http://city.example/debian"]


@pytest.mark.parametrize("word", ["no", "No", "false", "off", "0", "disable", "without"])
def test_a_disabled_entry_is_no_source(machine: Machine, word: str) -> None:
    machine.has("sources.list.d/debian.sources", entry("http://m.example/debian", more=f"Enabled: {word}\n"))

    with pytest.raises(DebianError, match="E6102"):
        machine.sources()


def test_updates_alone_are_not_a_release(machine: Machine) -> None:
    machine.has("sources.list", "deb http://m.example/debian bookworm-updates main\n")

    with pytest.raises(DebianError) as caught:
        machine.sources()

    assert "bookworm" in caught.value.message
    assert str(machine.apt) in caught.value.advice


def test_a_machine_without_a_release_name_has_no_sources(machine: Machine) -> None:
    machine.has("sources.list", ONE_LINE)
    machine.release.write_text("ID=arch\n")

    with pytest.raises(DebianError, match="E6102"):
        machine.sources()


def test_packages_in_a_folder_of_this_machine_are_told_apart(machine: Machine) -> None:
    machine.has("sources.list", "deb [trusted=yes] file:/srv/debian bookworm main\n")

    assert machine.sources().is_on_disk
    assert not Sources("bookworm", tuple(parse_lines(ONE_LINE))).is_on_disk


def test_additions_and_removals_of_options_have_fields_of_their_own() -> None:
    (found,) = parse_lines("deb [ arch+=i386 arch-=armhf lang=none by-hash=no ] http://m.example bookworm main")

    assert {key: found.fields[key] for key in list(found.fields)[4:]} == {
        "Architectures-Add": "i386",
        "Architectures-Remove": "armhf",
        "Languages": "none",
        "By-Hash": "no",
    }


@pytest.mark.parametrize(
    "text", ["VERSION_CODENAME=bookworm", 'VERSION_CODENAME="bookworm"', "A=1\nVERSION_CODENAME='bookworm'\n"]
)
def test_the_release_name_may_be_quoted(text: str) -> None:
    assert codename(text) == "bookworm"


WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789-./:+", min_size=1, max_size=20).filter(lambda text: text[0] != "#")
FIELD = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12).filter(lambda name: name[0].isalpha())
SOURCE = st.dictionaries(FIELD, st.lists(WORD, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=6)


@given(st.lists(SOURCE, max_size=5))
def test_what_is_written_in_deb822_is_read_back(entries: list[dict[str, str]]) -> None:
    text = str(Sources("bookworm", tuple(map(Source, entries))))

    assert [dict(each.fields) for each in parse_deb822(text)] == entries


@given(st.text(max_size=300))
def test_any_text_can_be_read_for_entries(text: str) -> None:
    assert all(each.words("URIs") for each in parse_lines(text))
    assert all(each.fields for each in parse_deb822(text))
