"""``mirror`` as nodes use it: they install from it, update from it by themselves, and notice what is forged."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.core.debian.apt import index
from yiwang.core.debian.signing import PUBLIC, sign, signing_key

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")

SERVED = "srv/yiwang/mirror"


def package(folder: Path, version: str) -> Path:
    """A package that only says which version it is."""
    tree = folder / f"yiwang-trial-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/share/yiwang-trial").mkdir(parents=True)
    (tree / "usr/share/yiwang-trial/version").write_text(f"{version}\n")
    control = f"Package: yiwang-trial\nVersion: {version}\nArchitecture: all\nMaintainer: trial\nDescription: trial\n"
    (tree / "DEBIAN/control").write_text(control)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(folder)], check=True, capture_output=True)
    return folder / f"yiwang-trial_{version}_all.deb"


class Shelf:
    """What the mirror serves, and how it comes there: put together and signed elsewhere."""

    def __init__(self, platform: Bench, folder: Path) -> None:
        self._base = platform.node("base-1")
        self._folder = folder
        self._key = signing_key(folder, owner="trial")

    @property
    def key(self) -> str:
        home = self._folder / "gpg"
        home.mkdir(mode=0o700)
        words = ["gpg", "--homedir", str(home), "--batch", "-q", "--no-default-keyring", "--export", "--armor"]
        words += ["--keyring", str(self._key / PUBLIC)]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def publish(self, *files: Path) -> None:
        place = self._folder / "tree"
        place.mkdir(exist_ok=True)
        for file in files:
            file.rename(place / file.name)
        index(place, label="trial")
        with (self._folder / "lock").open("w") as lock:
            sign(place / "Release", self._key, lock=lock.fileno())
        for file in place.iterdir():
            self.replace(file.name, file.read_bytes())

    def replace(self, name: str, content: bytes) -> None:
        path = f"/{SERVED}/{name}"
        command = self._base.command(["sh", "-c", f"cat >{path}; chmod 644 {path}"])
        subprocess.run(command, input=content, check=True)


@pytest.fixture
def shelf(platform: Bench, tmp_path: Path) -> Iterator[Shelf]:
    """A tree of our own in the place of the mirror's, that a node trusts for as long as a test lasts."""
    base, exchange = platform.node("base-1"), platform.node("exchange-1")
    shelf = Shelf(platform, tmp_path)
    values = {"baseline": {"mirror_key": shelf.key}}
    base.run("sh", "-c", f"mkdir -p /srv/shelf && mount --bind /srv/shelf /{SERVED}")
    try:
        shelf.publish(package(tmp_path, "1.0"))
        platform.apply("exchange-1", "baseline", values=values)
        assert platform.changes("exchange-1", "baseline", values=values) == []
        yield shelf
    finally:
        base.run("sh", "-c", f"umount /{SERVED} && rm -rf /srv/shelf")
        exchange.run("sh", "-c", BACK)


# apt does not go back to lists that are older than those it has.
BACK = """apt-get -qy purge yiwang-trial; cd /etc/apt; rm -f sources.list.d/yiwang.sources
mv sources.before-yiwang/* sources.list.d/; rm -rf /var/lib/apt/lists/*; apt-get -q update"""


def test_nodes_install_from_the_mirror_with_the_key_that_the_estate_declares(platform: Bench, shelf: Shelf) -> None:
    platform.node("exchange-1").run("apt-get", "-qy", "install", "yiwang-trial")

    assert platform.node("exchange-1").run("cat", "/usr/share/yiwang-trial/version").stdout == "1.0\n"


def test_updates_from_the_mirror_install_themselves(platform: Bench, shelf: Shelf, tmp_path: Path) -> None:
    exchange = platform.node("exchange-1")
    exchange.run("apt-get", "-qy", "install", "yiwang-trial")
    shelf.publish(package(tmp_path, "1.1"))
    exchange.run("rm", "-rf", "/var/lib/apt/periodic")

    exchange.run("systemctl", "start", "apt-daily.service")
    exchange.run("systemctl", "start", "apt-daily-upgrade.service")

    assert exchange.run("cat", "/usr/share/yiwang-trial/version").stdout == "1.1\n"


def test_a_forged_list_is_refused(platform: Bench, shelf: Shelf, tmp_path: Path) -> None:
    shelf.publish(package(tmp_path, "2.0"))
    listed = (tmp_path / "tree/Packages").read_text()
    shelf.replace("Packages", listed.replace("2.0", "6.6").encode())

    done = platform.node("exchange-1").run("apt-get", "-q", "update", "--error-on=any", check=False)

    assert done.returncode != 0
    assert "Hash Sum mismatch" in done.stderr


def test_files_are_fetched_and_nothing_can_be_put(platform: Bench) -> None:
    base, desk = platform.node("base-1"), platform.node("desk-1")
    base.run("sh", "-c", "echo 一份文件 >/srv/yiwang/files/readme.txt")

    fetched = desk.run("curl", "-sf", "http://59.253.0.2/files/readme.txt").stdout
    put = desk.run(
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-T", "/etc/hosts", "http://59.253.0.2/files/x"
    )

    assert fetched == "一份文件\n"
    assert put.stdout == "405"


def test_only_nodes_that_are_told_to_use_it_reach_it(platform: Bench) -> None:
    def fetch(name: str) -> int:
        words = ("curl", "-s", "-m", "3", "-o", "/dev/null", "http://59.253.0.2/InRelease")
        return platform.node(name).run(*words, check=False).returncode

    assert fetch("web-1") == 0
    assert fetch("core-1") != 0
