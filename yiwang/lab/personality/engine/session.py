"""One operator's session: which view is open, what a typed line does, what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.lab.personality.engine import edit
from yiwang.lab.personality.engine.applying import Applier
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.edit import Edit
from yiwang.lab.personality.engine.meaning import hostname
from yiwang.lab.personality.engine.pace import pause
from yiwang.lab.personality.engine.pipes import piped, split_pipe
from yiwang.lab.personality.engine.platform import TOP, Command, Platform
from yiwang.lab.personality.engine.report import Report
from yiwang.lab.personality.engine.store import Store
from yiwang.lab.personality.engine.terminal import AbortedError, ClosedError, OutermostError, Terminal
from yiwang.lab.personality.engine.tree import Path, Tree
from yiwang.lab.personality.engine.verbs import VERBS
from yiwang.lab.personality.engine.words import UNKNOWN, Mistake, completions, resolve, split

WRONG = "wrong"
SHOWING = frozenset(("running", "candidate", "saved", "this", "print", "table", "do"))
"""What commands do whose output may be piped."""


@dataclass(frozen=True, slots=True)
class Call:
    """A command that was understood: its data, its parameters' values, and what is done to its output."""

    data: Mapping[str, Any]
    values: tuple[str, ...] = ()
    pipe: str = ""

    def filled(self, key: str) -> str:
        """A text of the command's data with its parameters in it; empty where it has none."""
        template: str = self.data.get(key, "")
        return re.sub(r"\{(\d)\}", lambda each: self.values[int(each[1])], template)


class Session:
    """The command line of one login."""

    def __init__(self, device: Device, platform: Platform, terminal: Terminal) -> None:
        self.device = device
        self.platform = platform
        self.terminal = terminal
        self.store = Store(device, platform)
        self.applier = Applier(device.apply)
        self.path: Path = ()
        self.edits: tuple[Edit, ...] = ()
        self.is_configuring = False
        self.is_open = True
        self.is_enabled = "enable" not in platform.data["prompts"] or not device.enable
        terminal.help_for = self.help_for
        terminal.lines = platform.data["pager"]["lines"]

    @property
    def running(self) -> Tree:
        """The configuration in force."""
        return self.store.running

    @property
    def candidate(self) -> Tree:
        """The configuration in force with what this session has not committed yet."""
        tree = self.running
        for each in self.edits:
            tree = edit.applied(tree, each, self.platform)
        return tree

    @property
    def report(self) -> Report:
        """The device at this moment."""
        return Report(self.device, self.platform, self.running)

    @property
    def views(self) -> tuple[str, ...]:
        """The open views of the configuration, the outermost first."""
        return tuple(edit.view_of(self.path[:depth], self.platform) for depth in range(len(self.path) + 1))

    @property
    def level(self) -> str:
        """Which commands are known here: user, enable or config."""
        if self.is_configuring:
            return "config"
        return "enable" if self.is_enabled and "enable" in self.platform.data["prompts"] else "user"

    @property
    def prompt(self) -> str:
        """What is printed before a line is typed."""
        prompts = self.platform.data["prompts"]
        template = prompts[TOP] if self.is_configuring else prompts[self.level]
        view = TOP
        values: dict[str, str] = {
            "hostname": hostname(self.running, self.platform, self.device.name),
            "mark": self._mark,
        }
        for text in self.path:
            opened = self.platform.opened(view, text)
            if opened:
                view, template = opened[0].view, opened[0].prompt
                values |= {key: value for key, value in opened[1].groupdict().items() if value}
        return str(template.format_map(values))

    @property
    def _mark(self) -> str:
        marks = self.platform.data.get("mark", {})
        return marks.get("changed" if self.edits else "clean", "") if self.device.is_candidate else ""

    def run(self) -> None:
        """Greet, and take lines until the operator leaves."""
        pause("login")
        try:
            self.terminal.write(self.report.text(self.platform.data["banner"]))
            while self.is_open:
                self.applier.look()
                self._take_line()
        except ClosedError:
            pass
        finally:
            self.applier.flush()

    def _take_line(self) -> None:
        try:
            self.execute(self.terminal.read(self.prompt))
        except AbortedError:
            return
        except OutermostError:
            self.leave_configuration()
        except (LookupError, ValueError, TypeError, OSError) as error:
            # A user's own platform data may be wrong; the session says so and goes on, as a device would.
            self.terminal.write(f"% personality: {type(error).__name__}: {error}\n")

    def execute(self, line: str) -> None:
        """Do what a typed line says."""
        typed = line.strip()
        if not typed or typed.startswith(self.platform.comment):
            return
        indent = len(line) - len(line.lstrip())
        found = self._call(typed)
        if isinstance(found, Mistake) and self.is_configuring:
            read = self._configure(typed)
            if read is None:
                return
            found = read if read.word >= found.word else found
        if isinstance(found, Mistake):
            self.complain(found.fault, typed, indent + found.column)
        else:
            VERBS[found.data["do"]](self, found)

    def _call(self, typed: str) -> Call | Mistake:
        commands = self._known_commands
        patterns = [each.say for each in commands]
        head, pipe = split_pipe(typed)
        match = resolve(head, patterns, self.platform.names)
        if isinstance(match, Mistake):
            return match
        if pipe and commands[match.index].do not in SHOWING:
            return Mistake(UNKNOWN, len(split(head)), len(head) + 1)
        if commands[match.index].do == "do":
            return Call(commands[match.index].data, (typed.partition(" ")[2],))
        return Call(commands[match.index].data, match.values, pipe)

    @property
    def _known_commands(self) -> list[Command]:
        level = self.level
        return [
            each
            for each in self.platform.commands
            if level in each.views and each.data.get("candidate", self.device.is_candidate) == self.device.is_candidate
        ]

    def show(self, text: str, call: Call) -> None:
        """Output, through the pipe that was asked for and the pager."""
        pager = self.platform.data["pager"]
        kept, is_whole = piped(text, call.pipe, self.platform.data.get("pipes", {}))
        if is_whole:
            self.terminal.write(kept)
        else:
            self.terminal.page(kept, pager["more"], pager["erase"])

    def complain(self, fault: str, typed: str, column: int) -> None:
        """The vendor's words for a line that is wrong, with the place pointed at."""
        errors = self.platform.data["errors"]
        words = split(typed)
        values = {"caret": " " * (len(self.prompt) + column), "line": typed, "word": words[0].text if words else ""}
        self.terminal.write(errors[fault].format_map(values))

    def agrees(self, call: Call) -> bool:
        """Whether the operator answers a command's questions so that it is carried out."""
        for question in call.data.get("ask", ()):
            answer = self.terminal.ask(Call(question, call.values).filled("question")).strip().lower()
            if question["kind"] == "yes" and answer not in ("y", "yes"):
                self.terminal.write(question.get("refused", ""))
                return False
        return True

    def leave_configuration(self) -> None:
        """Back to the view outside of the configuration."""
        self.path = ()
        self.is_configuring = False

    # Configuring

    def _configure(self, typed: str) -> Mistake | None:
        first, _, rest = typed.partition(" ")
        if len(first) > 1 and self.platform.undo.startswith(first.lower()):
            return self._undo(rest.strip(), len(typed) - len(rest.lstrip()))
        reading = edit.read(typed, self.views, self.platform)
        if isinstance(reading, Mistake):
            return reading
        path = self.path[: reading.depth - 1]
        opened = self.platform.opened(self.views[reading.depth - 1], reading.line)
        interface = opened[1].groupdict().get("interface") if opened else None
        if interface and not self._may_exist(path, reading.line, interface):
            return Mistake(WRONG, 1, typed.find(" ") + 1)
        self._do((Edit(path, reading.line),))
        if opened:
            self.path = (*path, self._header(path, reading.line))
        return None

    def _may_exist(self, path: Path, line: str, interface: str) -> bool:
        known = self.device.kernel(interface) or self.platform.is_logical(interface)
        return bool(known) or edit.found(self.candidate, (*path, line), self.platform) is not None

    def _header(self, path: Path, line: str) -> str:
        found = edit.found(self.candidate, (*path, line), self.platform)
        return found.text if found else line

    def _undo(self, rest: str, column: int) -> Mistake | None:
        readings = edit.read_undo(rest, self.views, self.platform)
        if isinstance(readings, Mistake):
            return Mistake(readings.fault, readings.word + 1, readings.column + column)
        before = self.candidate
        for reading in readings:
            path = self.path[: reading.depth - 1]
            if self._is_physical(path, reading.line):
                self.terminal.write(self.platform.data["errors"]["no_removal"])
                return None
            undone: Edit = Edit(path, reading.line, is_undo=True)
            if self.platform.is_shown_undone(reading.line):
                undone = Edit(path, f"{self.platform.undo} {reading.line}")
            if edit.applied(before, undone, self.platform) != before:
                self._do((undone,))
                return None
        return None

    def _is_physical(self, path: Path, line: str) -> bool:
        opened = self.platform.opened(edit.view_of(path, self.platform), line)
        interface = opened[1].groupdict().get("interface") if opened else None
        return bool(interface) and not self.platform.is_logical(str(interface))

    def _do(self, edits: tuple[Edit, ...]) -> None:
        if self.device.is_candidate:
            before = self.candidate
            for each in edits:
                if edit.applied(before, each, self.platform) != before:
                    self.edits = (*self.edits, each)
        else:
            self.write_down(edits)

    def write_down(self, edits: tuple[Edit, ...]) -> None:
        """Make edits part of the configuration in force."""

        def change(tree: Tree) -> Tree:
            for each in edits:
                tree = edit.applied(tree, each, self.platform)
            return tree

        if self.store.change(change):
            self.applier.changed()

    # Help

    def help_for(self, line: str) -> tuple[str, str]:
        """What may follow a line, and the line as far as it can be completed."""
        patterns = [each.say for each in self._known_commands]
        if self.is_configuring:
            for view in self.views:
                patterns += [*self.platform.lines(view), *self.platform.heads(view)]
        found = completions(line.lstrip(), patterns, self.platform.names)
        keywords = [each for each in found if not each.startswith("<")]
        typed = "" if line.endswith(" ") or not line else line.split()[-1]
        done = f"{line.removesuffix(typed)}{keywords[0]} " if typed and len(keywords) == 1 else line
        return "".join(f"  {each}\n" for each in found), done
