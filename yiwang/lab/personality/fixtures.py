"""pytest: a vendor's device for tests, ours and our users'."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from yiwang.lab.personality import serving


@pytest.fixture
def personality() -> Iterator[Callable[..., serving.Personality]]:
    """Serve devices for the length of a test: ``personality("huawei_vrp", hostname="core-1").netmiko``.

    The keywords are those of :class:`yiwang.lab.personality.serving.Fake`.
    """
    with ExitStack() as stack:

        def serve(platform: str, **wanted: Any) -> serving.Personality:
            return stack.enter_context(serving.serve(platform, serving.Fake(**wanted)))

        yield serve
