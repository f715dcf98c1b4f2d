"""What programs say: installed packages, and complaints worth showing."""

from yiwang.core.debian.confinement import telling, without_passwords
from yiwang.lab.image.build import installed

STATUS = """\
Package: tree
Status: install ok installed
Version: 2.1.0-1
Conffiles:
 /etc/tree.conf 0123

Package: gone
Status: deinstall ok config-files
Version: 1
"""


def test_only_installed_packages_count() -> None:
    assert installed(STATUS) == {"tree": "2.1.0-1"}


def test_of_a_failure_the_complaints_are_told() -> None:
    said = ["Get:1 http://m.example", "Err:2 http://m.example bookworm", "E: Failed to fetch", "I: cleaning up", ""]

    assert telling(said) == ["Err:2 http://m.example bookworm", "E: Failed to fetch"]


def test_without_complaints_the_last_words_are_told() -> None:
    assert telling(str(number) for number in range(20)) == ["14", "15", "16", "17", "18", "19"]
    assert telling([]) == ["?"]


def test_passwords_in_addresses_are_hidden() -> None:
    said = "Err:1 http://city:7f3a91@m.example/debian bookworm via http://p:x@proxy.example:3128"

    assert without_passwords(said) == "Err:1 http://***@m.example/debian bookworm via http://***@proxy.example:3128"
    assert without_passwords("http://m.example/debian mail@example") == "http://m.example/debian mail@example"
