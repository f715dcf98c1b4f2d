"""Telling of a run in its events, one JSON object a line, each with the id to go on from."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from yiwang.cli import output

if TYPE_CHECKING:
    from yiwang.core.jobs.stream import Stream, Told
    from yiwang.core.jobs.watching import Sight


class EventShow:
    """Every event of a stream, on standard output."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def show(self, _sight: Sight) -> None:
        """Tell what is new; raises BrokenPipeError when nobody listens any more."""
        try:
            for told in self._stream.more():
                output.line(event_line(told))
        except BrokenPipeError:
            # What is still buffered would be complained about when the process ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise

    def trouble(self, problem: str) -> None:
        """Say on standard error why nothing can be seen."""
        output.note(problem)

    def close(self) -> None:
        """Nothing is left to be cleaned up."""

    def restore(self) -> None:
        """Nothing was changed."""


def event_line(told: Told) -> str:
    """An event as one line of JSON."""
    return json.dumps(told.plain(), ensure_ascii=False)
