"""Two estates, or two revisions of one, are compared by what holds, and told in words."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from yiwang.cli.main import run
from yiwang.core.errors import NotFoundError
from yiwang.core.i18n import use
from yiwang.inventory.diff.compare import Difference, compare
from yiwang.inventory.diff.revision import Version, open_version
from yiwang.inventory.diff.words import tell
from yiwang.inventory.loading.load import load

ROOT = Path(__file__).resolve().parents[4]
SMALL = ROOT / "tests/estates/small"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "repository/province/estate"))


@pytest.fixture
def repository(folder: Path) -> Path:
    """The small estate as a subfolder of a git repository with one commit, tagged v1."""
    top = folder.parents[1]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"], ["tag", "v1"]):
        git(top, *command)
    return top


def git(folder: Path, *command: str) -> None:
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *command], cwd=folder, check=True)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def difference(folder: Path) -> Difference:
    return compare(load(SMALL).require(), load(folder).require())


def told(folder: Path, *, shown: int = 5) -> list[str]:
    versions = Version(load(SMALL).require(), "a"), Version(load(folder).require(), "b")
    return [
        f"{sign} {text}" for sign, text in tell(compare(versions[0].estate, versions[1].estate), *versions, shown=shown)
    ]


def test_equal_estates_do_not_differ(folder: Path) -> None:
    edit(folder / "estate.yaml", "# 牵头单位", "# 另一条注释")

    assert not difference(folder)


def test_one_changed_default_is_told_once_with_its_place_and_all_it_hits(folder: Path) -> None:
    edit(folder / "estate.yaml", "ntp: [59.201.0.10]   #", "ntp: [59.201.0.99]   #")

    assert told(folder, shown=2) == [
        "~ ntp: [59.201.0.10] → [59.201.0.99] on 5 nodes: bastion-1, log-1 and 3 more; from estate.yaml:10:10"
    ]


def test_added_and_removed_objects_are_named_with_their_titles(folder: Path) -> None:
    edit(folder / "estate.yaml", "  gov-office:", "  gov-office-2:")

    lines = told(folder)

    assert lines[0] == "+ organisations added (1): gov-office-2 鹤壁市人民政府办公室"
    assert lines[1] == "- organisations removed (1): gov-office 鹤壁市人民政府办公室"


def test_a_value_that_went_away_is_told_with_the_place_it_had(folder: Path) -> None:
    edit(folder / "counties/xunxian.yaml", "connection: {via: bastion-1, ", "connection: {")

    assert told(folder) == [
        "~ connection.via: bastion-1 → (none) on nodes xun-front-1; from counties/xunxian.yaml:10:23"
    ]


def test_the_header_is_compared_too(folder: Path) -> None:
    edit(folder / "estate.yaml", "title: 鹤壁市电子政务外网（缩影）", "title: 新名")

    (change,) = difference(folder).changed
    assert (change.kind, change.key, change.new) == ("estate", "title", "新名")


def test_it_is_told_in_chinese(folder: Path) -> None:
    edit(folder / "estate.yaml", "ntp: [59.201.0.10]   #", "ntp: [59.201.0.99]   #")
    use("zh_CN")

    (line,) = told(folder)

    use(None)
    assert "节点 5 个" in line
    assert "来自 estate.yaml:10:10" in line


def test_a_revision_of_an_estate_in_a_subfolder_is_compared_with_the_files(folder: Path, repository: Path) -> None:
    edit(folder / "counties/xunxian.yaml", "bandwidth_mbps: 50", "bandwidth_mbps: 100")

    with open_version("HEAD", folder) as old, open_version(str(folder), folder) as new:
        (change,) = compare(old.estate, new.estate).changed

    assert (change.names, change.key, change.old, change.new) == (("xun-tunzi",), "bandwidth_mbps", 50, 100)


def test_revision_and_path_are_counted_from_the_top_of_the_repository(folder: Path, repository: Path) -> None:
    edit(folder / "estate.yaml", "  gov-office:", "  gov-office-2:")

    with open_version("v1:province/estate", folder) as old:
        assert "gov-office" in old.estate.organisations
        position = old.estate.position("organisations", "gov-office", "title")
        assert old.place(position) == "v1:province/estate:estate.yaml:44:12"


def test_links_inside_a_revision_are_followed_and_links_out_of_it_are_not(folder: Path, repository: Path) -> None:
    (folder / "more.yaml").symlink_to("shared/more.txt")
    (folder / "shared").mkdir()
    (folder / "shared" / "more.txt").write_text("sites: {hall-2: {title: 大厅, region: 410600}}", encoding="utf-8")
    (folder / "host.yaml").symlink_to("/etc/hostname")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "links")

    with open_version("HEAD", folder) as version:
        assert "hall-2" in version.estate.sites
        assert not (version.estate.folder / "host.yaml").is_symlink()


@pytest.mark.parametrize("given", ["HEAD~7", "v1:nowhere", "--output=/tmp/x", ""])
def test_what_is_no_revision_is_refused(folder: Path, repository: Path, given: str) -> None:
    with pytest.raises(NotFoundError, match="E1221"), open_version(given or "v9", folder):
        pass


def test_a_folder_outside_any_repository_says_so(folder: Path) -> None:
    with pytest.raises(NotFoundError) as caught, open_version("HEAD", folder):
        pass

    assert "not a git repository" in caught.value.message


def test_the_exit_code_tells_only_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "estate.yaml", "  gov-office:", "  gov-office-2:")
    arguments = ["inventory", "diff", str(SMALL), str(folder)]

    assert run(arguments) == 0
    assert run([*arguments, "--detailed-exitcode"]) == 2
    assert run(["inventory", "diff", str(SMALL), str(SMALL), "--detailed-exitcode"]) == 0

    assert "gov-office-2" in capsys.readouterr().out


def test_json_gives_every_name_and_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(folder / "estate.yaml", "ntp: [59.201.0.10]   #", "ntp: [59.201.0.99]   #")

    run(["inventory", "diff", str(SMALL), str(folder), "-o", "json"])

    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert item["names"] == ["bastion-1", "log-1", "mirror-1", "shantang-hall", "xun-front-1"]
    assert (item["key"], item["old"], item["new"]) == ("ntp", ["59.201.0.10"], ["59.201.0.99"])
    assert item["positions"] == ["estate.yaml:10:10"]
