"""pyinfra's connector over our transport: its plug-in point for how a host is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from pyinfra.api.command import StringCommand
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, extract_control_arguments, make_unix_command

from yiwang.deploy.engine.session import Session
from yiwang.deploy.engine.transport import Output

BIGGEST_DOWNLOAD = 64 << 20


class NodeConnector(BaseConnector):
    """A host that is reached through a :class:`Session`."""

    handles_execution = True
    host: Any

    def __init__(self, state: Any, host: Any, session: Session) -> None:
        super().__init__(state, host)
        self.session = session

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """One host of that name."""
        yield name, {}, []

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Answer a fact, or run a command."""
        control: Any = extract_control_arguments(cast("Any", arguments))
        script = _script(command, arguments)
        given = control.get("_stdin")
        codes = control.get("_success_exit_codes") or [0]
        if self.host.is_asking and given is None:
            output = self.session.ask(script)
        else:
            timeout = control.get("_timeout") or None
            output = self.session.change(script, stdin=_stdin(given), timeout=timeout, good=codes)
        return output.code in codes, CommandOutput(lines_of(output))

    def put_file(
        self,
        filename_or_io: Any,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Write a file whole, with its final mode from the beginning."""
        self.session.write(remote_filename, content_of(filename_or_io), mode=self.host.intended_mode())
        return True

    def get_file(
        self,
        remote_filename: str,
        filename_or_io: Any,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Read a file into one of the controller's."""
        found = self.session.transport.get(remote_filename, limit=BIGGEST_DOWNLOAD)
        if found is None:
            return False
        if isinstance(filename_or_io, str):
            Path(filename_or_io).write_bytes(found.content)
        else:
            filename_or_io.write(found.content)
        return True


def content_of(filename_or_io: Any) -> bytes:
    """The bytes of a file of the controller, or of an open one."""
    if isinstance(filename_or_io, Path):
        return filename_or_io.read_bytes()
    with get_file_io(filename_or_io) as file:
        content = file.read()
    return content.encode() if isinstance(content, str) else bytes(content)


def _script(command: Any, arguments: dict[str, Any]) -> str:
    """The command as a shell script; the agent is root and runs it by ``sh`` as it is."""
    if arguments.get("_sudo") and not arguments.get("_sudo_user"):
        arguments = arguments | {"_sudo": False}
    becomes = any(arguments.get(key) for key in ("_sudo", "_su_user", "_doas", "_dzdo"))
    if not becomes and arguments.get("_shell_executable") == "sh":
        arguments = arguments | {"_shell_executable": None}
    given = command if isinstance(command, StringCommand) else StringCommand(command)
    return str(make_unix_command(given, **arguments).get_raw_value())


def _stdin(given: Any) -> bytes:
    if given is None:
        return b""
    if hasattr(given, "read"):
        given = given.read()
    lines = [given] if isinstance(given, str) else list(given)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).encode()


def lines_of(output: Output) -> list[OutputLine]:
    """What a command said, as pyinfra has it."""
    return [*_lines("stdout", output.out), *_lines("stderr", output.err)]


def _lines(stream: str, text: str) -> list[OutputLine]:
    readable = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    lines = readable.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [OutputLine(stream, line) for line in lines]
