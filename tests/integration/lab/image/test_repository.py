"""Installing from the lab's package repository, over HTTP, in the image itself."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from yiwang.core.debian.apt import index
from yiwang.core.debian.signing import sign, signing_key
from yiwang.core.once import exclusively
from yiwang.lab.command import LabError
from yiwang.lab.disk import owners_of, write_seed
from yiwang.lab.image.build import Image
from yiwang.lab.image.repository import Repository, ensure_repository, seed_client

IN_ROOT = """
mount -t tmpfs -o size=512m yiwang-lab "$2"
mkdir "$2/upper" "$2/work" "$2/root"
cp -a "$3/." "$2/upper"
mount -t overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" yiwang-lab "$2/root"
mount -t proc proc "$2/root/proc"
mount --bind /dev "$2/root/dev"
printf '#!/bin/sh\\nexit 101\\n' >"$2/root/usr/sbin/policy-rc.d"
chmod 755 "$2/root/usr/sbin/policy-rc.d"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
exec chroot "$2/root" sh -c "$4"
"""
INSTALL = "apt-get -q update && apt-get -q install -y tree && tree --version"


class Host:
    """A root file system over the image, whose apt knows one repository."""

    def __init__(self, folder: Path, image: Image, repository: Repository, url: str) -> None:
        self._folder, self._image = folder, image
        self._seed = folder / "seed"
        self._seed.mkdir()
        (folder / "memory").mkdir()
        write_seed(self._seed, (image.path,), seed_client(repository, url), owners_of(image.path))

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        confined = ("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child")
        places = (str(self._image.path), str(self._folder / "memory"), str(self._seed))
        return subprocess.run(
            [*confined, "sh", "-ec", IN_ROOT, "sh", *places, script], capture_output=True, text=True, check=False
        )


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path, repository: Repository) -> Path:
    """A copy of the repository that a test may spoil; the package files are links."""
    copy = tmp_path / "mirror"
    copy.mkdir()
    for file in repository.path.iterdir():
        if file.suffix == ".deb":
            (copy / file.name).symlink_to(file)
        else:
            shutil.copyfile(file, copy / file.name)
    return copy


@pytest.fixture
def host(tmp_path: Path, image: Image, repository: Repository, mirror: Path) -> Iterator[Host]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(mirror))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Host(tmp_path, image, repository, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()


def spoil(file: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)


def spoil_package(mirror: Path) -> None:
    spoil(next(mirror.glob("tree_*.deb")))


def spoil_index(mirror: Path) -> None:
    spoil(mirror / "Packages")


def spoil_release(mirror: Path) -> None:
    spoil(mirror / "InRelease")


def unsign(mirror: Path) -> None:
    (mirror / "InRelease").unlink()


def sign_by_another(mirror: Path) -> None:
    key = signing_key(mirror.parent / "another", owner="another")
    with exclusively(mirror.parent / "another") as lock:
        sign(mirror / "Release", key, lock=lock)


def put_in_another_package(mirror: Path) -> None:
    """As someone would who can write to the mirror and has no key: the indexes are right, the signature is not."""
    package = next(mirror.glob("tree_*.deb"))
    package.unlink()
    shutil.copyfile(next(mirror.glob("acl_*.deb")), package)
    signature = (mirror / "InRelease").read_bytes()
    index(mirror, label="another")
    (mirror / "InRelease").write_bytes(signature)


def test_a_package_is_installed_over_http_by_the_key_alone(host: Host) -> None:
    done = host.run(INSTALL)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "tree v" in done.stdout


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (spoil_package, "Hash Sum mismatch"),
        (spoil_index, "Hash Sum mismatch"),
        (spoil_release, "signature"),
        (unsign, "is not signed"),
        (sign_by_another, "NO_PUBKEY"),
        (put_in_another_package, "unexpected size"),
    ],
)
def test_a_repository_that_was_tampered_with_is_refused(
    host: Host, mirror: Path, change: Callable[[Path], None], complaint: str
) -> None:
    change(mirror)

    done = host.run(INSTALL)

    assert done.returncode != 0
    assert "tree v" not in done.stdout
    assert complaint in done.stdout + done.stderr


def test_every_package_that_labs_install_can_be_installed_from_it(host: Host) -> None:
    from yiwang.lab.image.repository import repository_packages

    everything = " ".join(repository_packages())

    done = host.run(f"apt-get -q update && apt-get -q install -y --simulate {everything}")

    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_but_what_is_served_lies_beside_the_packages(repository: Repository) -> None:
    others = {file.name for file in repository.path.iterdir() if file.suffix != ".deb"}

    assert others == {"Packages", "Release", "InRelease"}
    assert len(list(repository.path.glob("*.deb"))) == repository.record.packages


def test_an_unknown_package_is_named_and_leaves_no_repository(lab_folder: Path, image: Image) -> None:
    before = set((lab_folder / "repositories").iterdir())

    with pytest.raises(LabError, match="E6105") as caught:
        ensure_repository(lab_folder, image, names=["no-such-package-at-all"])

    assert "no-such-package-at-all" in caught.value.message
    log = Path(str(caught.value.values["log"]))
    assert log.read_text()
    log.unlink()
    assert set((lab_folder / "repositories").iterdir()) == before


def test_the_machines_own_apt_is_left_alone(tmp_path: Path, image: Image) -> None:
    def state() -> dict[str, int]:
        kept = (Path("/var/lib/apt/lists"), Path("/var/cache/apt/archives"), Path("/var/lib/dpkg"))
        return {str(each): each.stat().st_mtime_ns for folder in kept for each in (folder, *folder.glob("*"))}

    before = state()
    with pytest.raises(LabError, match="E6105"):
        ensure_repository(tmp_path, image, names=["no-such-package-at-all"])

    assert state() == before
