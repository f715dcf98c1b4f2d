"""Folders that are made once and appear whole, whatever kills the maker."""

import multiprocessing
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from yiwang.core.once import exclusively, make_once, remove


def filled(partial: Path, _lock: int) -> None:
    (partial / "content").write_text("whole")


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "things" / "one"
    seen: list[bool] = []

    make_once(place, lambda partial, lock: (seen.append(place.exists()), filled(partial, lock))[0])

    assert seen == [False]
    assert (place / "content").read_text() == "whole"
    assert [each.name for each in place.parent.iterdir() if each.is_dir()] == ["one"]


def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    place = tmp_path / "things" / "one"
    make_once(place, filled)

    make_once(place, lambda partial, lock: pytest.fail("made twice"))

    assert (place / "content").read_text() == "whole"


def test_of_many_callers_at_once_one_makes_it(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(partial: Path, lock: int) -> None:
        made.append(partial)
        filled(partial, lock)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: make_once(tmp_path / "things" / "one", make), range(8)))

    assert len(made) == 1


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fails(partial: Path, lock: int) -> None:
        filled(partial, lock)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        make_once(tmp_path / "things" / "one", fails)

    assert not [each for each in (tmp_path / "things").iterdir() if each.is_dir()]


def _stalls(place: Path, is_filled: Event) -> None:
    def make(partial: Path, lock: int) -> None:
        filled(partial, lock)
        is_filled.set()
        signal.pause()

    make_once(place, make)


def test_a_killed_maker_leaves_nothing_that_could_be_taken_for_whole(tmp_path: Path) -> None:
    place = tmp_path / "things" / "one"
    context = multiprocessing.get_context("spawn")
    is_filled = context.Event()
    maker = context.Process(target=_stalls, args=(place, is_filled))
    maker.start()
    assert is_filled.wait(60)

    maker.kill()
    maker.join()

    assert not place.exists()
    make_once(place, filled)
    assert (place / "content").read_text() == "whole"


def test_whoever_inherits_the_lock_keeps_others_out(tmp_path: Path) -> None:
    heard: list[str] = []

    with exclusively(tmp_path / "things") as lock:
        heir = subprocess.Popen(["sleep", "0.5"], pass_fds=(lock,))
    with exclusively(tmp_path / "things", report=heard.append):
        is_over = heir.wait(1) == 0

    assert heard
    assert is_over


def test_a_removed_folder_is_gone_with_all_in_it(tmp_path: Path) -> None:
    place = tmp_path / "things" / "one"
    make_once(place, filled)

    remove(place)

    assert not [each for each in place.parent.iterdir() if each.is_dir()]


def test_nobody_else_can_look_into_what_is_kept(tmp_path: Path) -> None:
    make_once(tmp_path / "things" / "one", filled)

    assert (tmp_path / "things").stat().st_mode & 0o077 == 0
