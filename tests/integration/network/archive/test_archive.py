"""The archive keeps every change, whatever kills its writer, and answers what stood when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.network.archive.archive import Archive, difference
from yiwang.network.faults import NetworkError

FIRST = "hostname r1\ninterface a\n no shutdown\nend\n"
SECOND = "hostname r1\ninterface a\n shutdown\nend\n"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def kept(archive: Archive, run: str, text: str, device: str = "r1") -> None:
    archive.hand_in(run, device, {"running": text})
    archive.take_in()


def test_each_change_is_a_commit_of_its_run_and_the_same_again_is_none(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    kept(archive, "collect-2", FIRST)
    kept(archive, "collect-3", SECOND)

    found = archive.history("r1")

    assert [(commit.run, commit.added, commit.removed) for commit in found] == [
        ("collect-3", 1, 1),
        ("collect-1", 4, 0),
    ]


def test_what_stood_before_the_last_change_is_compared_with_what_stands(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    kept(archive, "collect-2", SECOND)
    now = archive.version("r1")

    lines = list(difference(archive.before(now), now))

    assert [line for line in lines[2:] if line[0] in "+-"] == ["- no shutdown", "+ shutdown"]
    assert list(difference(now, now)) == []


def test_a_moment_asks_for_what_stood_then(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    moment = datetime.now(UTC)

    assert archive.version("r1", at=moment + timedelta(days=1)).text == FIRST
    with pytest.raises(NotFoundError) as caught:
        archive.version("r1", at=moment - timedelta(days=1))
    assert caught.value.error.id == "E3033"


def test_each_line_knows_the_run_that_it_came_with(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    kept(archive, "collect-2", SECOND)

    lines = list(archive.blame(archive.version("r1")))

    assert [(line.number, line.commit.run) for line in lines] == [
        (1, "collect-1"),
        (2, "collect-1"),
        (3, "collect-2"),
        (4, "collect-1"),
    ]
    assert lines[2].text == " shutdown"


def test_what_a_killed_collection_left_is_committed_by_whoever_looks_next(archive: Archive) -> None:
    archive.hand_in("collect-1", "r1", {"running": FIRST, "saved": FIRST})
    archive.hand_in("collect-2", "r2", {"running": SECOND})

    again = Archive(archive.folder)

    assert again.devices() == ("r1", "r2")
    assert [commit.run for commit in again.history("r1", "saved")] == ["collect-1"]
    assert again.take_in() == ()


def test_a_commit_that_was_killed_midway_is_made_again(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    # As a kill between the renaming and the commit leaves it, with git's own lock in place.
    taking = archive.folder / "taking" / "collect-2" / "running"
    taking.mkdir(parents=True)
    (taking / "r1.cfg").write_text(SECOND)
    (archive.folder / "devices" / ".git" / "index.lock").touch()

    (commit,) = archive.take_in()

    assert commit.run == "collect-2"
    assert archive.version("r1").text == SECOND


def test_a_file_that_a_crash_left_unfinished_is_no_configuration(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)
    incoming = archive.folder / "incoming" / "collect-2" / "running"
    incoming.mkdir(parents=True)
    (incoming / ".unfinished-abc").write_text("half of a conf")

    assert archive.take_in() == ()
    assert archive.devices() == ("r1",)


def test_the_users_own_settings_of_git_do_not_count(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".gitconfig").write_text("[commit]\n gpgSign = true\n[core]\n autocrlf = true\n hooksPath = /nowhere\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    kept(archive, "collect-1", "a line of 中文\n")

    assert archive.version("r1").text == "a line of 中文\n"


def test_a_device_of_which_nothing_is_kept_is_told_with_the_nearest_name(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST, device="county-edge-1")

    with pytest.raises(NotFoundError) as caught:
        archive.history("county-edge-2")

    assert caught.value.error.id == "E3032"
    assert "county-edge-1" in caught.value.message


def test_a_folder_that_cannot_be_used_is_told_and_what_waits_is_kept(archive: Archive) -> None:
    archive.hand_in("collect-1", "r1", {"running": FIRST})
    (archive.folder / "devices" / ".git").mkdir(parents=True)
    (archive.folder / "devices" / ".git" / "HEAD").write_text("nonsense\n")

    with pytest.raises(NetworkError) as caught:
        archive.take_in()

    assert caught.value.error.id == "E3031"
    assert any((archive.folder / "taking").rglob("r1.cfg"))


def test_the_archive_is_closed_to_everybody_else(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)

    assert archive.folder.stat().st_mode & 0o077 == 0


def test_whether_something_changed_is_known_before_it_is_committed(archive: Archive) -> None:
    kept(archive, "collect-1", FIRST)

    assert not archive.differs("r1", {"running": FIRST})
    assert archive.differs("r1", {"running": SECOND})
    assert archive.differs("r1", {"running": FIRST, "saved": FIRST})
    assert archive.size("running", "r1") == len(FIRST)
