"""What commands do; a platform's data file names them by ``do``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from yiwang.lab.personality.engine import edit
from yiwang.lab.personality.engine.tree import Line, Tree, written

if TYPE_CHECKING:
    from yiwang.lab.personality.engine.session import Call, Session

Verb = Callable[["Session", "Call"], None]
ATTEMPTS = 3


def nothing(session: Session, call: Call) -> None:
    """Ask what is to be asked and say what is to be said."""
    if session.agrees(call):
        session.terminal.write(call.filled("text"))


def configure(session: Session, call: Call) -> None:
    """Open the configuration."""
    session.is_configuring = True
    session.terminal.write(call.filled("text"))


def leave_view(session: Session, call: Call) -> None:
    """One view further out; from the outermost, end the session."""
    if session.path:
        session.path = session.path[:-1]
    elif not session.is_configuring:
        session.is_open = False
        session.terminal.write(call.filled("text"))
    elif _has_settled(session):
        session.leave_configuration()


def leave_configuration(session: Session, call: Call) -> None:
    """Out of the configuration, from whatever depth."""
    if _has_settled(session):
        session.leave_configuration()
        session.terminal.write(call.filled("text"))


def _has_settled(session: Session) -> bool:
    """Commit or drop what is uncommitted, as the operator says; False: stay where we are."""
    if not session.edits:
        return True
    question = session.platform.data["uncommitted"]
    answer = session.terminal.ask(question).strip().lower()[:1]
    if answer == "y":
        session.write_down(session.edits)
    if answer in ("y", "n"):
        session.edits = ()
    return answer in ("y", "n")


def end_session(session: Session, call: Call) -> None:
    """End the session, wherever it is."""
    session.is_open = False
    session.terminal.write(call.filled("text"))


def show_running(session: Session, call: Call) -> None:
    """The configuration in force, or a section of it."""
    session.show(_configuration(session, call, session.running), call)


def show_candidate(session: Session, call: Call) -> None:
    """The configuration with what is not committed yet."""
    session.show(_configuration(session, call, session.candidate), call)


def _configuration(session: Session, call: Call, tree: Tree) -> str:
    if wanted := call.filled("section"):
        return _sections(session, tree, wanted)
    return session.report.text(str(call.data.get("head", ""))) + written(tree)


def _sections(session: Session, tree: Tree, wanted: str) -> str:
    platform = session.platform
    same = platform.identity(wanted)
    lines = [each for each in tree if platform.identity(each.text) == same or each.text.startswith(f"{wanted} ")]
    if not lines:
        return ""
    separator = Line(platform.comment)
    shown = [line for each in lines for line in (separator, each)]
    ends = [Line(each) for each in platform.data.get("ends", ())]
    return written((*shown, separator, *ends))


def show_saved(session: Session, call: Call) -> None:
    """The saved configuration, which a restart would bring back."""
    saved = session.store.saved
    if saved is None:
        session.terminal.write(call.filled("unsaved"))
    else:
        session.show(session.report.text(str(call.data.get("head", ""))) + saved, call)


def show_here(session: Session, call: Call) -> None:
    """The configuration of the open view."""
    tree = session.candidate
    platform = session.platform
    ends = tuple(Line(each) for each in platform.data.get("ends", ()))
    found = edit.found(tree, session.path, platform) if session.path else None
    here = (Line(found.text, 0, found.children),) if found else tuple(each for each in tree if not each.children)
    separator = Line(platform.comment)
    session.show(written((separator, *here, separator, *ends) if found else here), call)


def show_text(session: Session, call: Call) -> None:
    """A template of the data file, filled."""
    session.show(session.report.text(str(call.data["text"])), call)


def show_table(session: Session, call: Call) -> None:
    """A table of the data file, filled; a parameter names the only interface wanted."""
    only = call.values[0] if call.data["rows"] == "interfaces" and call.values else ""
    session.show(session.report.table(call.data, only), call)


def set_page(session: Session, call: Call) -> None:
    """How many lines a page has; 0 switches the pager off."""
    session.terminal.lines = int(call.data.get("lines", call.values[0] if call.values else 0))
    session.terminal.write(call.filled("text"))


def save(session: Session, call: Call) -> None:
    """Make the configuration in force the saved one, when the operator agrees."""
    if session.agrees(call):
        session.store.save()
        session.terminal.write(call.filled("text"))


def erase(session: Session, call: Call) -> None:
    """Forget the saved configuration, when the operator agrees."""
    if session.agrees(call):
        session.store.erase()
        session.terminal.write(call.filled("text"))


def commit(session: Session, call: Call) -> None:
    """Make what this session has changed part of the configuration in force."""
    session.write_down(session.edits)
    session.edits = ()
    session.terminal.write(call.filled("text"))


def discard(session: Session, call: Call) -> None:
    """Drop what this session has not committed."""
    session.edits = ()
    session.path = ()
    session.terminal.write(call.filled("text"))


def enable(session: Session, call: Call) -> None:
    """Become privileged, with the password where one is set."""
    if session.is_enabled:
        return
    from yiwang.lab.personality.engine.device import is_password

    for _attempt in range(ATTEMPTS):
        if is_password(session.terminal.ask("Password: ", is_hidden=True), session.device.enable):
            session.is_enabled = True
            return
    session.terminal.write(call.filled("refused"))


def disable(session: Session, call: Call) -> None:
    """Give the privilege back."""
    session.is_enabled = False


def execute(session: Session, call: Call) -> None:
    """A command from outside of the configuration, inside of it."""
    session.is_configuring = False
    try:
        session.execute(call.values[0])
    finally:
        session.is_configuring = True


def reboot(session: Session, call: Call) -> None:
    """Start the device again, when the operator agrees; the session ends."""
    if session.agrees(call):
        session.terminal.write(call.filled("text"))
        session.is_open = False
        session.applier.run("reboot")


VERBS: Mapping[str, Verb] = {
    "nothing": nothing,
    "configure": configure,
    "quit": leave_view,
    "top": leave_configuration,
    "exit": end_session,
    "running": show_running,
    "candidate": show_candidate,
    "saved": show_saved,
    "this": show_here,
    "print": show_text,
    "table": show_table,
    "length": set_page,
    "save": save,
    "erase": erase,
    "commit": commit,
    "discard": discard,
    "enable": enable,
    "disable": disable,
    "do": execute,
    "reboot": reboot,
}
