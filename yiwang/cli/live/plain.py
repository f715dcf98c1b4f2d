"""Telling of a run in plain lines, for a log file, a pipe or a terminal that cannot move its cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from yiwang.cli import output
from yiwang.cli.live.frame import wave_label
from yiwang.cli.live.line import clean
from yiwang.cli.live.speech import RunWords, duration, news
from yiwang.cli.words import kind_word
from yiwang.core.i18n import _
from yiwang.core.jobs.model import Wave
from yiwang.core.jobs.watching import Sight

SILENCE = timedelta(seconds=30)
"""When there was nothing to tell for so long, it is told that the run goes on."""


class PlainShow:
    """A line when a wave ends, for each event of note, and once in a while that it still goes on."""

    def __init__(self, titles: Mapping[int, str], write: Callable[[str], None] = output.note) -> None:
        self._titles = titles
        self._write = write
        self._ended: set[int] | None = None
        self._told: datetime | None = None

    def show(self, sight: Sight) -> None:
        """Tell what is new."""
        # The state last: a run comes to rest when its last wave has ended.
        for told in (each for each in sight.news if each.kind != "state"):
            self._tell(sight, news(told))
        self._tell_waves(sight)
        for told in (each for each in sight.news if each.kind == "state"):
            self._tell(sight, news(told))
        if self._told is None:
            self._told = sight.time
        elif sight.time - self._told >= SILENCE:
            self._tell(sight, _standing(sight))

    def trouble(self, problem: str) -> None:
        """Tell why nothing can be seen."""
        self._write(problem)

    def close(self) -> None:
        """Nothing is left to be cleaned up."""

    def restore(self) -> None:
        """Nothing was changed."""

    def _tell_waves(self, sight: Sight) -> None:
        ended = {wave.number for wave in sight.waves if not wave.open}
        # What had ended before the first look is not told again when a run is resumed.
        new = ended - (ended if self._ended is None else self._ended)
        for wave in sight.waves:
            if wave.number in new:
                self._tell(sight, _wave_words(sight, wave, self._titles))
        self._ended = ended

    def _tell(self, sight: Sight, words: str) -> None:
        self._told = sight.time
        self._write(f"{sight.time.astimezone():%H:%M:%S}  {clean(words)}")


def _wave_words(sight: Sight, wave: Wave, titles: Mapping[int, str]) -> str:
    words = _("wave {wave}: {done} of {total} done")
    parts = [words.format(wave=wave_label(sight, wave, titles), done=wave.done, total=wave.total)]
    if wave.failed:
        parts.append(_("{count} failed").format(count=wave.failed))
    if wave.cancelled:
        parts.append(_("{count} cancelled").format(count=wave.cancelled))
    return _(", ").join(parts)


def _standing(sight: Sight) -> str:
    words = RunWords(sight)
    ended = _("{ended} of {total} steps ended").format(ended=sight.ended, total=sight.total)
    parts = [ended, words.state, words.last_event]
    if sight.active and (started := sight.active[0].started):
        longest = sight.active[0]
        named = f"{longest.target.partition('/')[2]} {kind_word(longest.kind)} {duration(sight.time - started)}"
        parts.append(_("longest: {step}").format(step=named))
    return _(", ").join(parts)
