"""Bundles built with real apt and gpg: what is in them, and what happens to those that somebody touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.deploy.bundle.archive import SUMS, Bundle, open_bundle
from yiwang.deploy.bundle.faults import BundleError

from .conftest import Builder, make_package, publish


def names(bundle: Bundle) -> set[str]:
    return {Path(path).name.partition("_")[0] for path in bundle.places if path.startswith("pool/")}


def test_packages_come_with_what_they_depend_on_and_nothing_else(builder: Builder) -> None:
    made = builder.build()

    assert names(made) == {"yiwang-trial", "yiwang-trial-data"}


def test_a_name_that_no_source_has_is_told_with_its_group(builder: Builder) -> None:
    with pytest.raises(BundleError, match="E2191") as caught:
        builder.build(web=("no-such-package",))

    assert "web" in caught.value.message
    assert "no-such-package" in caught.value.message
    assert not (builder.folder / "one.bundle").exists()


def test_what_counts_as_installed_is_left_out(builder: Builder) -> None:
    from dataclasses import replace

    from yiwang.deploy.bundle.build import build

    status = builder.folder / "status"
    status.write_text(
        "Package: yiwang-trial-data\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\nMaintainer: x\n"
        "Description: x\n\n"
    )
    order = replace(builder.order({"trial": ("yiwang-trial",)}), installed=status)

    made = build(order, builder.folder / "small.bundle", builder.folders)

    assert names(made) == {"yiwang-trial"}


def test_a_newer_version_takes_the_place_of_the_older(builder: Builder) -> None:
    builder.build()
    make_package(builder.folder, "yiwang-trial", version="1.1")
    publish(builder.folder)

    made = builder.build()

    assert [path for path in made.places if "yiwang-trial_" in path] == ["pool/yiwang-trial_1.1_all.deb"]


def test_it_can_be_verified_by_hand_with_debians_own_programs(builder: Builder, tmp_path: Path) -> None:
    made = builder.build()
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand.gpg").write_bytes(builder.key.content)
    script = (
        f"tar -xf {made.file} && gpgv --keyring {tmp_path}/hand.gpg {SUMS}.sig {SUMS} && sha256sum --strict -c {SUMS}"
    )

    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path / "hand", capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_key_is_the_same_for_every_bundle_and_closed_to_others(builder: Builder) -> None:
    one, other = builder.build("one.bundle"), builder.build("other.bundle")
    secret = next(builder.folders.key.rglob("*.key"))

    one.verify(builder.key)
    other.verify(builder.key)
    assert secret.stat().st_mode & 0o077 == 0


def test_gpg_reads_the_public_key_that_is_printed(builder: Builder, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)

    done = subprocess.run(
        ["gpg", "--homedir", str(tmp_path / "home"), "--with-colons", "--show-keys"],
        input=builder.key.text,
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"fpr:::::::::{builder.key.fingerprint}:" in done.stdout


def change_a_package(file: Path, made: Bundle) -> None:
    path = next(path for path in made.places if path.endswith(".deb"))
    flip(file, made.places[path][0] + made.places[path][1] // 2)


def change_the_list(file: Path, made: Bundle) -> None:
    flip(file, made.places[SUMS][0])


def change_what_is_told(file: Path, made: Bundle) -> None:
    flip(file, made.places["bundle.json"][0] + 30)


def change_the_signature(file: Path, made: Bundle) -> None:
    begin, size = made.places[f"{SUMS}.sig"]
    flip(file, begin + size - 8)


def cut_off(file: Path, made: Bundle) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_off_between_files(file: Path, made: Bundle) -> None:
    begin, _size = max(made.places.values())
    os.truncate(file, begin - 512)


def put_something_in(file: Path, made: Bundle) -> None:
    (file.parent / "evil").write_text("evil")
    subprocess.run(["tar", "-rf", str(file), "-C", str(file.parent), "evil"], check=True)


def flip(file: Path, at: int) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        byte = stream.read(1)[0]
        stream.seek(at)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    ("touch", "code"),
    [
        (change_a_package, "E2196"),
        (change_what_is_told, "E2196"),
        (put_something_in, "E2196"),
        (change_the_list, "E2195"),
        (change_the_signature, "E2195"),
        (cut_off, "E2194"),
        (cut_off_between_files, "E2196"),
    ],
)
def test_a_bundle_that_somebody_touched_is_refused(
    builder: Builder, touch: Callable[[Path, Bundle], None], code: str
) -> None:
    made = builder.build()
    touch(made.file, made)

    with pytest.raises(BundleError, match=code):
        open_bundle(made.file).verify(builder.key)


def test_a_bundle_of_another_builder_is_refused(builder: Builder, tmp_path: Path) -> None:
    made = builder.build()
    other = Builder(tmp_path / "elsewhere", builder.sources)

    with pytest.raises(BundleError, match="E2195"):
        made.verify(other.key)


def test_a_name_that_leads_out_of_the_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    subprocess.run(["tar", "-Pcf", "bad", "--transform", "s,x,../x,", "x"], cwd=tmp_path, check=True)

    with pytest.raises(BundleError, match="E2194"):
        open_bundle(tmp_path / "bad")


def test_a_file_that_is_something_else_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"hello" * 1000)

    for name in ("x", "missing"):
        with pytest.raises(BundleError, match="E2194"):
            open_bundle(tmp_path / name)


BUILDING = """
import sys
from pathlib import Path
from yiwang.core.debian.sources import Sources, parse_deb822
from yiwang.deploy.bundle.build import Folders, Order, build
folder, text = Path(sys.argv[1]), sys.argv[2]
order = Order("trial", "", {"trial": ("yiwang-trial",)}, sources=Sources("bookworm", tuple(parse_deb822(text))),
              has_wheels=False)
build(order, folder / "one.bundle", Folders(folder / "state", folder / "cache"), report=print)
"""


def test_a_build_that_is_killed_leaves_the_old_bundle_and_is_finished_by_the_same_call(builder: Builder) -> None:
    old = builder.build(trial=("yiwang-other",))
    before = old.file.read_bytes()
    words = [sys.executable, "-c", BUILDING, str(builder.folder), str(builder.sources)]

    for seconds in (0.6, 0.9, 1.2, 1.5, 1.8):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if old.file.read_bytes() != before:
            break
        open_bundle(old.file).verify(builder.key)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    open_bundle(old.file).verify(builder.key)
    assert names(open_bundle(old.file)) == {"yiwang-trial", "yiwang-trial-data"}
    assert not list(builder.folder.glob(".unfinished-*"))
