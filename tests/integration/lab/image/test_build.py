"""Building a node image for real, and killing the build."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from yiwang.core.debian.fetching import apt_settings
from yiwang.lab.command import LabError
from yiwang.lab.fixtures import eventually, require_lab
from yiwang.lab.image.bootstrap import require_space
from yiwang.lab.image.build import Image, current_id, ensure_image, images
from yiwang.lab.image.recipe import differences, image_packages

BUILD = """
import sys
from pathlib import Path
from yiwang.lab.image.bootstrap import require_space
from yiwang.lab.image.build import ensure_image
print(ensure_image(Path(sys.argv[1]), report=lambda doing: print(doing, file=sys.stderr)).id)
"""


def building(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def nobody_works_in(folder: Path) -> bool:
    with (folder / ".lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_lab()
    return tmp_path_factory.mktemp("lab")


@pytest.mark.slow
def test_after_a_build_was_killed_two_callers_make_one_whole_image(folder: Path) -> None:
    killed = building(folder)
    unpacked = folder / "images" / f"{current_id()}.partial" / "root/usr/bin/dpkg"
    assert eventually(unpacked.exists)

    killed.kill()
    killed.communicate()
    assert eventually(lambda: nobody_works_in(folder / "images"), seconds=10)
    assert images(folder) == ()
    both = [building(folder), building(folder)]
    said = [each.communicate(timeout=300) for each in both]

    assert [each.returncode for each in both] == [0, 0], said
    assert {out.strip() for out, _ in said} == {current_id()}
    assert sorted("waiting" in err for _, err in said) == [False, True]
    (made,) = images(folder)
    assert not list((folder / "images").glob("*.partial"))
    assert set(image_packages()) <= set(made.record.packages)
    assert made.record.size_bytes < 400 << 20


def test_an_image_holds_nothing_that_belongs_to_one_host_or_to_this_machine(image: Image) -> None:
    root = image.path

    assert not list((root / "etc/ssh").glob("ssh_host_*"))
    assert (root / "etc/machine-id").read_bytes() == b""
    assert not (root / "etc/hostname").exists()
    assert not (root / "etc/apt/sources.list").exists()
    assert not list((root / "etc/apt/sources.list.d").iterdir())
    assert not (root / "etc/apt/apt.conf.d/99mmdebstrap").exists()
    assert not list((root / "var/cache/apt/archives").glob("*.deb"))


def test_nothing_starts_in_a_host_that_its_profile_does_not_name(image: Image) -> None:
    units = image.path / "etc/systemd/system"
    wanted = {path.name for path in units.glob("*.wants/*")}

    assert wanted.isdisjoint(differences().disabled)
    assert {"ssh.service", "cron.service", "yiwang-sysctl.service"} <= wanted
    assert (units / "systemd-udevd.service").readlink() == Path("/dev/null")


def test_manuals_are_left_out_and_licences_stay(image: Image) -> None:
    documents = {path.name for path in (image.path / "usr/share/doc").rglob("*") if path.is_file()}

    assert documents == {"copyright"}
    assert not [path for path in (image.path / "usr/share/man").rglob("*") if path.is_file()]


def test_what_is_there_is_found_without_a_network(lab_folder: Path, image: Image) -> None:
    said: list[str] = []

    assert ensure_image(lab_folder, report=said.append) == image
    assert said == []


def test_a_source_that_does_not_answer_is_told_with_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_lab()
    from yiwang.core.debian.sources import Sources, parse_lines
    from yiwang.lab.image import build
    from yiwang.lab.image.recipe import machine_recipe

    dead = Sources("bookworm", tuple(parse_lines("deb http://127.0.0.1:9/debian bookworm main")))
    recipe = machine_recipe()
    monkeypatch.setattr(
        build,
        "machine_recipe",
        lambda: type(recipe)(recipe.architecture, dead, recipe.packages, recipe.differences, recipe.tree),
    )

    with pytest.raises(LabError, match="E6104") as caught:
        ensure_image(tmp_path)

    assert "127.0.0.1" in caught.value.message
    assert Path(str(caught.value.values["log"])).read_text()
    assert not [each for each in (tmp_path / "images").iterdir() if each.is_dir()]


def test_an_image_in_use_is_not_built_anew(tmp_path: Path) -> None:
    require_lab()
    place = tmp_path / "images" / current_id()
    (place / "root").mkdir(parents=True)
    script = f"mount --bind '{place}/root' /mnt && echo there && sleep 600"
    command = ["unshare", "--mount", "--propagation=private", "--pid", "--kill-child", "--fork", "sh", "-c", script]

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout
        assert user.stdout.readline() == "there\n"
        with pytest.raises(LabError, match="E6106"):
            ensure_image(tmp_path, is_fresh=True)
        user.kill()

    assert (place / "root").is_dir()


def test_a_folder_with_little_room_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="E6103") as caught:
        require_space(tmp_path / "not" / "there", needed_mib=1 << 40)

    assert str(tmp_path) in caught.value.message


def test_proxy_and_patience_of_this_machine_are_taken_over_and_its_credentials_only_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_lab()
    settings = tmp_path / "apt.conf"
    settings.write_text('Acquire::http::Proxy "http://proxy.example:3128"; Acquire::Retries "7"; APT::Keep "x";')
    (tmp_path / "auth.conf").write_text("machine m.example login city password 7f3a91")
    monkeypatch.setenv("APT_CONFIG", str(settings))

    found = apt_settings(tmp_path)

    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in found
    assert 'Acquire::Retries "7";' in found
    assert f'Dir::Etc::netrc "{tmp_path}/auth.conf";' in found
    assert "7f3a91" not in found
    assert "APT::" not in found
