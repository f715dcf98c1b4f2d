"""An estate without the internet: a mirror node is fed from a bundle, and nodes install from it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from yiwang.core.debian.sources import Source, Sources
from yiwang.core.evidence import Subject
from yiwang.core.settings import load_settings
from yiwang.deploy.bundle.archive import Bundle
from yiwang.deploy.bundle.build import Folders, Order, build, builder_key
from yiwang.deploy.bundle.needs import needs_of
from yiwang.deploy.bundle.trusted import PublicKey
from yiwang.deploy.registry import Components
from yiwang.inventory.loading.load import load
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import lab_name, raised_lab, require_lab
from yiwang.lab.image.build import ensure_image
from yiwang.lab.image.repository import ensure_repository

from .conftest import Fleet

pytestmark = pytest.mark.xdist_group("rollouts")

AIRGAP = Path(__file__).parents[2] / "estates/airgap"
SERVED = "/srv/yiwang/packages"
WHOLE = f"[ ! -f {SERVED}/SHA256SUMS ] || {{ cd {SERVED} && sha256sum --quiet --strict -c SHA256SUMS; }}"
DIGEST = f"[ ! -f {SERVED}/SHA256SUMS ] || sha256sum {SERVED}/SHA256SUMS | cut -c -64"
COME_KIB = f"du -sk {SERVED}.next-* 2>/dev/null | cut -f 1"


@dataclass(frozen=True)
class Builder:
    """The connected machine; its package sources are this machine's lab repository, so that it needs no network."""

    folder: Path
    estate: Path
    sources: Sources
    installed: Path

    @property
    def folders(self) -> Folders:
        return Folders(self.folder / "state", self.folder / "cache")

    @property
    def key(self) -> PublicKey:
        return builder_key(self.folders)

    def build(self, name: str, *more: str) -> Bundle:
        needs = dict(needs_of(load(self.estate).require(), None, Components(self.estate)))
        needs |= {"more": more} if more else {}
        order = Order("airgap", "", needs, sources=self.sources, installed=self.installed, has_wheels=False)
        return build(order, self.folder / name, self.folders)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    require_lab()
    folder = tmp_path_factory.mktemp("builder")
    shutil.copytree(AIRGAP, folder / "estate")
    image = ensure_image(load_settings().settings.lab.folder)
    repository = ensure_repository(load_settings().settings.lab.folder, image)
    (folder / "archive.gpg").write_bytes(repository.keyring)
    where = {"URIs": f"file:{repository.path}", "Suites": "./", "Signed-By": str(folder / "archive.gpg")}
    sources = Sources("bookworm", (Source({"Types": "deb", **where}),))
    return Builder(folder, folder / "estate", sources, image.path / "var/lib/dpkg/status")


@pytest.fixture(scope="module")
def one(builder: Builder) -> Bundle:
    return builder.build("one.bundle")


@pytest.fixture(scope="module")
def other(builder: Builder) -> Bundle:
    return builder.build("other.bundle", "tree")


@pytest.fixture(scope="module")
def airgap(builder: Builder) -> Iterator[Fleet]:
    """The estate's hosts; their package sources are gone, and no road leads out."""
    file = builder.estate / "estate.yaml"
    declared = yaml.safe_load(file.read_text(encoding="utf-8"))
    declared["nodes"]["base-1"]["vars"]["mirror"]["key"] = builder.key.text
    file.write_text(yaml.safe_dump(declared, allow_unicode=True), encoding="utf-8")
    for lab in raised_lab(load(builder.estate).require(), Request(lab_name("airgap"))):
        for name in ("base-1", "names-1"):
            lab.machine(name).run("sh", "-c", "rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*_Packages*")
        yield Fleet(lab, builder.estate, builder.folder / "operator")


def served(airgap: Fleet) -> str:
    """The digest of what the mirror node serves, after holding every file against its list; empty before the first."""
    return airgap.lab.machine("base-1").run("sh", "-c", f"({WHOLE}) && {DIGEST}").stdout.strip()


def rollout(airgap: Fleet, selector: str) -> subprocess.CompletedProcess[str]:
    return airgap.yiwang("apply", str(airgap.plan(selector)["plan"]))


def come_kib(airgap: Fleet) -> int:
    said = airgap.lab.machine("base-1").run("sh", "-c", COME_KIB).stdout.split()
    return int(said[0]) if said else 0


def kill_when(airgap: Fleet, bundle: Bundle, kib: int) -> bool:
    """Begin an install and kill it as soon as so much has come; whether it was under way then."""
    words = airgap.command("bundle", "install", str(bundle.file))
    process = subprocess.Popen(words, env=airgap.environment, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and come_kib(airgap) < kib:
        time.sleep(0.02)
    was_under_way = process.poll() is None
    process.kill()
    process.wait()
    assert served(airgap) in ("", bundle.digest)
    return was_under_way


def spoilt(bundle: Bundle, path: str) -> Path:
    """A copy in which one bit of a file is another."""
    copy = bundle.file.with_name("spoilt.bundle")
    shutil.copyfile(bundle.file, copy)
    begin, size = bundle.places[path]
    with copy.open("r+b") as stream:
        stream.seek(begin + size - 8)
        byte = stream.read(1)[0]
        stream.seek(begin + size - 8)
        stream.write(bytes([byte ^ 1]))
    return copy


def test_nothing_can_be_installed_before(airgap: Fleet) -> None:
    for name in ("base-1", "names-1"):
        done = airgap.lab.machine(name).run("apt-get", "install", "-y", "unbound", check=False)
        assert done.returncode != 0


def test_a_bundle_that_was_touched_never_reaches_the_node(airgap: Fleet, builder: Builder, one: Bundle) -> None:
    package = next(path for path in one.places if path.endswith(".deb"))
    cut = one.file.with_name("cut.bundle")
    cut.write_bytes(one.file.read_bytes()[:-200_000])

    codes = {
        "E2196": airgap.yiwang("bundle", "install", str(spoilt(one, package))).stderr,
        "E2195": airgap.yiwang("bundle", "install", str(spoilt(one, "SHA256SUMS"))).stderr,
        "E219": airgap.yiwang("bundle", "install", str(cut)).stderr,
    }

    assert [code for code, said in codes.items() if code not in said] == []
    assert served(airgap) == ""
    tried = airgap.app.evidence.history(Subject("node", "base-1"), kind="bundle")
    assert ["E2195" in tried[0].detail["problem"], "E2196" in tried[1].detail["problem"]] == [True, True]


def test_a_bundle_of_another_builder_is_refused(airgap: Fleet, builder: Builder, one: Bundle) -> None:
    stranger = builder.folder / "stranger.asc"
    stranger.write_text(builder_key(Folders(builder.folder / "stranger", builder.folder)).text)

    done = airgap.yiwang("bundle", "install", str(one.file), "--key", str(stranger))

    assert "E2195" in done.stderr
    assert served(airgap) == ""


def test_an_install_that_is_killed_again_and_again_is_finished_by_the_same_command(airgap: Fleet, one: Bundle) -> None:
    interrupted = [kill_when(airgap, one, kib) for kib in (1, 1000, 3000, 8000)]

    done = airgap.yiwang("bundle", "install", str(one.file))

    assert interrupted[0]
    assert done.returncode == 0, done.stderr
    assert served(airgap) == one.digest
    assert airgap.lab.machine("base-1").run("sh", "-c", f"ls -d {SERVED}*").stdout.split() == [SERVED]


def test_what_came_damaged_is_refused_by_the_node_and_brought_anew(airgap: Fleet, other: Bundle) -> None:
    base = airgap.lab.machine("base-1")
    package = next(path for path in other.places if path.startswith("pool/tree_"))
    coming = f"{SERVED}.next-{other.digest}"
    size = other.places[package][1]
    base.run("sh", "-c", f"mkdir -p {coming}/pool && head -c {size} /dev/zero >{coming}/{package}")
    before = served(airgap)

    refused = airgap.yiwang("bundle", "install", str(other.file))
    meanwhile = served(airgap)
    done = airgap.yiwang("bundle", "install", str(other.file))

    assert "E2200" in refused.stderr
    assert meanwhile == before
    assert done.returncode == 0, done.stderr
    assert served(airgap) == other.digest


def test_what_was_served_before_comes_back(airgap: Fleet, one: Bundle, other: Bundle) -> None:
    done = airgap.yiwang("bundle", "rollback")

    assert done.returncode == 0, done.stderr
    assert served(airgap) == one.digest


def test_only_what_the_node_lacks_is_sent(airgap: Fleet, one: Bundle, other: Bundle) -> None:
    again = airgap.yiwang("bundle", "install", str(one.file))
    done = airgap.yiwang("bundle", "install", str(other.file))

    assert "already" in again.stderr
    assert "0 MiB sent" in done.stderr
    assert served(airgap) == other.digest


def test_the_mirror_node_gets_its_own_role_from_the_bundle(airgap: Fleet) -> None:
    done = rollout(airgap, "base-1")

    assert done.returncode == 0, done.stderr
    assert "nginx" in airgap.lab.machine("base-1").run("dpkg-query", "-W", "nginx").stdout


def test_a_node_without_a_road_out_gets_its_role_from_the_mirror(airgap: Fleet) -> None:
    names = airgap.lab.machine("names-1")
    way_out = names.run("ip", "route", "get", "1.1.1.1", check=False)
    reached = names.run("curl", "-sm", "3", "http://1.1.1.1/", check=False)

    done = rollout(airgap, "names-1")

    assert done.returncode == 0, done.stderr
    assert reached.returncode != 0, way_out.stdout
    assert names.run("systemctl", "is-active", "unbound").stdout == "active\n"
    fetched = airgap.lab.machine("base-1").run("cat", "/var/log/nginx/access.log").stdout
    assert "GET /./pool/unbound_" in fetched or "GET /pool/unbound_" in fetched


def test_every_bundle_that_was_installed_is_on_record(airgap: Fleet, other: Bundle) -> None:
    entries = [entry for entry in airgap.app.journal.entries() if entry.action == "bundle.install"]
    newest = airgap.app.evidence.latest(Subject("node", "base-1"), kind="bundle")[0]

    assert entries[-1].detail["bundle"] == other.digest
    assert (newest.verdict, newest.detail["bundle"]) == ("pass", other.digest)
    assert "fail" in {each.verdict for each in airgap.app.evidence.history(Subject("node", "base-1"), kind="bundle")}
