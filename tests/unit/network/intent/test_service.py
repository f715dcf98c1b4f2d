"""All devices are compared with what was last collected of them; one that was not does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yiwang.network.archive.archive import Archive
from yiwang.network.intent.service import Intended


def test_each_device_is_compared_with_what_the_archive_holds(
    intended: Callable[[str], Intended], tmp_path: Path
) -> None:
    build = intended("huawei_vrp")
    archive = Archive(tmp_path / "archive")
    running = build.text("core-1").replace("description servers", "description other")
    archive.hand_in("run-1", "core-1", {"running": running})

    found = {each.device: each for each in build.drifts(build.selected(None), archive)}

    assert found["core-1"].drift
    assert found["core-1"].drift.count("changed") == 1
    assert found["county-1"].drift is None
    assert found["county-1"].error
    assert found["county-1"].error.error.id == "E3032"
