"""Which way a run is shown: by what was asked for, and by what standard error is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yiwang.cli.live.events import EventShow
from yiwang.cli.live.frame import Layout
from yiwang.cli.live.plain import PlainShow
from yiwang.cli.live.view import is_view_possible, view_on_terminal
from yiwang.cli.output import Format
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.cli.live.follow import Show


def show_of(app: App, run_id: str, format: Format, *, is_ours: bool, after: int = 0) -> Show:
    """Events for programs, a view on a terminal, else plain lines.

    ``is_ours`` when this process carries the run out; events are told from those ``after`` an id on.
    """
    if format is not Format.table:
        from yiwang.core.jobs.stream import Stream

        return EventShow(Stream(app.database, run_id, after=after))
    titles = app.wave_titles(run_id)
    if not is_view_possible():
        return PlainShow(titles)
    hint = (
        _("Ctrl-C pauses the run; again: leaves at once") if is_ours else _("Ctrl-C leaves the view; the run goes on")
    )
    return view_on_terminal(Layout(titles, hint, is_ours))
