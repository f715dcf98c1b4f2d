"""How a run is laid out on a terminal: a pure function from what was seen to lines.

It fits whatever room there is: what matters most stays longest.  All signs are of one cell in every font, which
the block and box characters are not where East Asian fonts make them wide; where the terminal knows no Unicode,
there are plain ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiwang.cli.live.line import Line, clean, cut, fitted, right, widest
from yiwang.cli.live.speech import LONG_SILENCE, RunWords, duration
from yiwang.cli.words import kind_word
from yiwang.core.i18n import _
from yiwang.core.jobs.model import Wave
from yiwang.core.jobs.watching import Active, Sight

NARROW = 60
HEAD_ROWS = 2
FEWEST_WAVES = 3
BAR = 24
LATE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters that are not letters."""

    spinner: str
    done: str
    failed: str
    current: str
    full: str
    empty: str


UNICODE = Signs("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "✓", "✗", "▸", "▰", "▱")
ASCII = Signs("|/-\\", "+", "x", ">", "#", ".")


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to lay out on: cells, rows, signs; and which picture of the spinner it is."""

    width: int = 80
    height: int = 24
    signs: Signs = UNICODE
    beat: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """What stays the same while a run is shown: titles by the number of a wave, and what Ctrl-C does.

    ``is_ours`` when this process carries the run out itself.
    """

    titles: Mapping[int, str]
    hint: str = ""
    is_ours: bool = False


def frame(sight: Sight, layout: Layout, room: Room) -> list[Line]:
    """The lines of a view, at most ``room.height`` of at most ``room.width`` cells."""
    top = [_head(sight, room), _progress(sight, room)]
    foot = [*_foot(sight, layout)]
    left = max(0, room.height - len(top) - len(foot))
    active = [*_active(sight, room)]
    waves = [*_waves(sight, layout, room, rows=max(min(FEWEST_WAVES, left), left - len(active)))]
    body = [*waves, *_shortened(active, left - len(waves))]
    return [cut(line, room.width) for line in (*top, *body, *foot)[: room.height]]


def _head(sight: Sight, room: Room) -> Line:
    run = sight.run
    sign = room.signs.spinner[room.beat % len(room.signs.spinner)]
    clock = duration((run.finished or sight.time) - run.created)
    title = fitted(f"{run.id}  {clean(run.title)}", max(0, room.width - len(clock) - 4))
    return (("name", f"{sign} "), ("bold", title), ("", f"  {clock}"))


def _progress(sight: Sight, room: Room) -> Line:
    words = RunWords(sight)
    size = BAR if room.width >= NARROW else BAR // 3
    full = size * sight.ended // max(1, sight.total)
    bar = room.signs.full * full + room.signs.empty * (size - full)
    failed = [("bad", f"  {room.signs.failed} {words.failed}")] if sight.failed else []
    return (("", "  "), ("good", bar), ("", f"  {sight.ended}/{sight.total}"), *failed, ("", f"  {words.state}"))


def _waves(sight: Sight, layout: Layout, room: Room, *, rows: int) -> Iterator[Line]:
    chosen = _nearest(sight, rows)
    labels = {wave.number: wave_label(sight, wave, layout.titles) for wave in chosen}
    name = widest(labels.values(), max(8, room.width // 2))
    counts = widest((f"{wave.total - wave.open}/{wave.total}" for wave in chosen), 20)
    for wave in chosen:
        sign, style = _wave_sign(sight, wave, room.signs)
        count = right(f"{wave.total - wave.open}/{wave.total}", counts)
        yield ((style, f"  {sign} "), ("", fitted(labels[wave.number], name)), ("", f"  {count}"), *_wave_faults(wave))
    if chosen and (later := len(sight.waves) - 1 - sight.waves.index(chosen[-1])):
        yield (("dim", _more(later)),)


def _nearest(sight: Sight, rows: int) -> Sequence[Wave]:
    """So many waves around the one that is going on, one ended one before it."""
    at = next((place for place, wave in enumerate(sight.waves) if wave.open), len(sight.waves))
    first = max(0, min(at - 1, len(sight.waves) - rows))
    is_whole = first + rows >= len(sight.waves)
    return sight.waves[first : first + rows - (not is_whole)]


def wave_label(sight: Sight, wave: Wave, titles: Mapping[int, str]) -> str:
    """What people call a wave: its number, its title, what is done in it."""
    words = (str(wave.number + 1), titles.get(wave.number, ""), kind_word(sight.kinds.get(wave.number, "")))
    return " ".join(word for word in map(clean, words) if word)


def _wave_sign(sight: Sight, wave: Wave, signs: Signs) -> tuple[str, str]:
    if not wave.open:
        return (signs.failed, "bad") if wave.failed else (signs.done, "good")
    return (signs.current, "bold") if wave.number == sight.current else (" ", "")


def _wave_faults(wave: Wave) -> Iterator[tuple[str, str]]:
    if wave.failed:
        yield "bad", "  " + _("{count} failed").format(count=wave.failed)
    if wave.cancelled:
        yield "warn", "  " + _("{count} cancelled").format(count=wave.cancelled)


def _active(sight: Sight, room: Room) -> Iterator[Line]:
    """A line for each running step, the one that has run longest first."""
    names = [clean(each.target.partition("/")[2] or each.target) for each in sight.active]
    kinds = [kind_word(each.kind) for each in sight.active] if room.width >= NARROW else [""] * len(names)
    times = [_since(sight, each) for each in sight.active]
    sizes = widest(names, max(8, room.width // 3)), widest(kinds, 12), widest(times, 10)
    for each, name, kind, time in zip(sight.active, names, kinds, times, strict=True):
        yield (
            ("name", f"    {fitted(name, sizes[0])}"),
            ("dim", f"  {fitted(kind, sizes[1])}" if kind else ""),
            (_time_style(sight, each), f"  {right(time, sizes[2])}"),
            ("", f"  {clean(each.said).strip()}"),
        )
    if sight.running > len(sight.active):
        yield (("dim", _more(sight.running - len(sight.active))),)


def _since(sight: Sight, step: Active) -> str:
    return duration(sight.time - step.started) if step.started else _("waits")


def _time_style(sight: Sight, step: Active) -> str:
    is_late = step.started is not None and (sight.time - step.started).total_seconds() >= LATE_SECONDS
    return "warn" if is_late else ""


def _shortened(lines: list[Line], rows: int) -> list[Line]:
    if len(lines) <= rows:
        return lines
    return [*lines[: rows - 1], (("dim", _more(len(lines) - rows + 1)),)] if rows > 0 else []


def _more(count: int) -> str:
    return "    " + _("and {count} more").format(count=count)


def _foot(sight: Sight, layout: Layout) -> Iterator[Line]:
    words = RunWords(sight)
    silence = (sight.time - sight.newest).total_seconds()
    last = ("warn" if silence >= LONG_SILENCE else "dim", f"  {words.last_event}")
    hint = ("dim", f"  {layout.hint}")
    if layout.is_ours:
        yield (last, hint)
        return
    yield (last, ("dim" if sight.holder else "warn", f"  {words.holder}"))
    if layout.hint:
        yield (hint,)
