"""A session on a device's command line: netmiko's driver of the platform without its guesses about time.

netmiko sends an empty line first and takes the first thing that looks like a prompt for the end of an answer;
on a slow device that prompt comes late and the answer is lost without an error.  Here nothing is sent unasked,
every prompt is read to its end and compared whole, and nothing sleeps.
"""

from __future__ import annotations

import re
import time
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from netmiko.base_connection import BaseConnection
from netmiko.channel import SSHChannel
from netmiko.ssh_dispatcher import CLASS_MAPPER

from yiwang.network.collect.dial import hang_up
from yiwang.network.collect.faults import (
    COMMAND_REFUSED,
    LOST,
    NO_PROMPT,
    NOT_PRIVILEGED,
    SILENT,
    TOO_LONG,
    AnswerError,
    ReachError,
)
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.screen import decoded, shown
from yiwang.network.collect.way import Hop

if TYPE_CHECKING:
    import paramiko

    from yiwang.network.platforms.model import Platform

WIDTH, HEIGHT = 511, 1000
CHUNK = 65536
LOOKED_AT = 600
"""Bytes at the end of what came in that can hold a prompt, a question or a pager's words."""
MOST_MIB = 32
SAID = 80


class Lean(BaseConnection):  # type: ignore[misc, unused-ignore]
    """Mixed into a driver of netmiko: opened on a connection that exists, prepared by the platform's table."""

    platform: Platform
    hop: Hop
    pace: Pace
    _line: paramiko.Channel
    _exact: str

    def __init__(self, client: paramiko.SSHClient, hop: Hop, platform: Platform, pace: Pace) -> None:
        self.platform, self.hop, self.pace = platform, hop, pace
        self.remote_conn_pre = client
        driver = platform.netmiko
        super().__init__(device_type=driver.driver, host=hop.host, username=hop.user, **driver.overrides)

    def establish_connection(self, width: int = WIDTH, height: int = HEIGHT) -> None:
        """Open a shell on the connection."""
        import paramiko

        assert self.remote_conn_pre is not None
        try:
            self._line = self.remote_conn_pre.invoke_shell(term="vt100", width=width, height=height)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise ReachError(LOST, name=self.hop.name, reason=error) from None
        self.remote_conn = self._line
        self.channel = SSHChannel(conn=self._line, encoding=self.encoding)

    def _try_session_preparation(self, force_data: bool = False) -> None:
        try:
            self.session_preparation()
        except BaseException:
            self.disconnect()
            raise

    def session_preparation(self) -> None:
        """Read up to the first prompt, enter the privileged view where there is one, switch the pager off."""
        self._exact = self._first_prompt()
        prompts, commands = self.platform.prompts, self.platform.commands
        if commands.enable and prompts.limited and not prompts.reading.fullmatch(self._exact):
            self._enter(commands.enable)
        for command in commands.prepare:
            self._send(command)
            _raw, self._exact = self._read_to(self.platform.reading_prompt, command)

    @cached_property
    def device_name(self) -> str:
        """The name that the device gives itself in its prompt."""
        found = self.platform.prompts.reading.fullmatch(self._exact)
        return found["name"] if found else ""

    def ask(self, command: str) -> str:
        """What the device answers to a command: the lines on the screen without echo and prompt.

        Raises:
            AnswerError: it refuses the command (E3019), falls silent (E3016), says too much (E3023).
            ReachError: it closes the session (E3017).
        """
        self._send(command)
        raw, _prompt = self._read_to(re.compile(rf"(?:\A|[\r\n]){re.escape(self._exact)} ?\Z"), command)
        answer = _answer(raw, command, self._exact)
        head = answer[:LOOKED_AT]
        for refused in self.platform.output.refused:
            if found := refused.search(head):
                raise AnswerError(COMMAND_REFUSED, name=self.hop.name, command=command, said=found[0].strip())
        return answer

    def attempt(self, command: str, elsewhere: re.Pattern[str]) -> str:
        """What a device says to a command that may lead to another prompt, ``elsewhere``, with the prompt itself.

        Raises:
            AnswerError: it falls silent (E3016), or says too much (E3023).
            ReachError: it closes the session (E3017).
        """
        either = re.compile(rf"(?:\A|[\r\n])(?:{re.escape(self._exact)}|{_nameless(elsewhere.pattern)}) ?\Z")
        self._send(command)
        raw, prompt = self._read_to(either, command)
        return f"{_answer(raw, command, prompt)}{prompt}\n"

    def cleanup(self, command: str = "") -> None:
        """Nothing: the session ends with the connection."""

    def paramiko_cleanup(self) -> None:
        """Close the connection at once."""
        if self.remote_conn_pre is not None:
            hang_up(self.remote_conn_pre)
            self.remote_conn_pre = self.remote_conn = None

    def _send(self, command: str) -> None:
        try:
            self._line.sendall(f"{command}\n".encode())
        except OSError as error:
            raise ReachError(LOST, name=self.hop.name, reason=error) from None

    def _first_prompt(self) -> str:
        prompts = self.platform.prompts
        either = prompts.reading.pattern + (f"|{prompts.limited.pattern}" if prompts.limited else "")
        pattern = re.compile(rf"(?:\A|[\r\n])(?P<prompt>{_nameless(either)}) ?\Z")
        answers = {re.compile(question): answer for question, answer in prompts.questions.items()}
        raw = b""
        while not (found := pattern.search(_tail(raw))):
            raw += self._more(NO_PROMPT, raw, platform=self.platform.title)
            for question, answer in answers.items():
                if question.search(_tail(raw)):
                    self._send(answer)
                    raw = b""
        return found["prompt"]

    def _enter(self, command: str) -> None:
        prompts = self.platform.prompts
        assert prompts.limited
        asked = re.compile(
            rf"(?:{prompts.password.pattern})|(?:\A|[\r\n])(?:{_nameless(prompts.reading.pattern)}) ?\Z"
            rf"|[\r\n](?:{_nameless(prompts.limited.pattern)}) ?\Z"
        )
        self._send(command)
        _raw, said = self._read_to(asked, command)
        if prompts.password.search(said) and self.hop.enable is not None:
            self._send(self.hop.enable.reveal())
            _raw, said = self._read_to(asked, command)
        if not prompts.reading.fullmatch(said):
            raise ReachError(NOT_PRIVILEGED, name=self.hop.name)
        self._exact = said

    def _read_to(self, pattern: re.Pattern[str], command: str) -> tuple[bytes, str]:
        """What comes up to the pattern at its very end, and the pattern's own text."""
        pager = self.platform.output.pager
        raw = bytearray()
        turned = 0
        while True:
            raw += self._more(SILENT, raw, command=command)
            tail = _tail(raw[max(turned, len(raw) - 2 * LOOKED_AT) :])
            if found := pattern.search(tail):
                if self._is_settled(raw):
                    return bytes(raw), found[0].strip("\r\n ")
            elif pager and pager.search(tail):
                self._line.sendall(b" ")
                turned = len(raw)
            if len(raw) > MOST_MIB << 20:
                raise AnswerError(TOO_LONG, name=self.hop.name, command=command, most=MOST_MIB)

    def _is_settled(self, raw: bytearray) -> bool:
        end = time.monotonic() + self.pace.settle
        while time.monotonic() < end:
            if self._line.recv_ready():
                return False
            time.sleep(min(0.1, self.pace.settle))
        return True

    def _more(self, fault: Any, so_far: bytes | bytearray, **values: Any) -> bytes:
        self._line.settimeout(self.pace.silence)
        try:
            chunk: bytes = self._line.recv(CHUNK)
        except TimeoutError:
            said = shown(_tail(so_far)).strip().rpartition("\n")[2][-SAID:]
            raise AnswerError(
                fault, name=self.hop.name, seconds=f"{self.pace.silence:g}", said=said, bytes=len(so_far), **values
            ) from None
        if not chunk:
            said = shown(_tail(so_far)).strip().rpartition("\n")[2][-SAID:]
            raise ReachError(LOST, name=self.hop.name, reason=said or "EOF")
        return chunk


def _tail(raw: bytes | bytearray) -> str:
    end = bytes(raw[-LOOKED_AT:])
    # Not from the midst of a letter of several bytes.
    return decoded(end[max(end.find(b"\n"), 0) :] if len(raw) > LOOKED_AT else end).replace("\0", "")


def _nameless(pattern: str) -> str:
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _answer(raw: bytes, command: str, prompt: str) -> str:
    lines = shown(decoded(raw)).split("\n")
    if lines[0].strip().endswith(command.strip()):
        del lines[0]
    if lines and lines[-1].strip() == prompt.strip():
        del lines[-1]
    return "".join(f"{line}\n" for line in lines)


@cache
def _lean(driver: str) -> type[Lean]:
    return type(f"Lean{CLASS_MAPPER[driver].__name__}", (Lean, CLASS_MAPPER[driver]), {})


def open_session(client: paramiko.SSHClient, hop: Hop, platform: Platform, pace: Pace) -> Lean:
    """A session at the prompt at which every reading command is known.

    Raises:
        AnswerError: no prompt appears (E3015), or a command to prepare it is not answered.
        ReachError: the session is closed (E3017), or the privileged view is refused (E3018).
    """
    return _lean(platform.netmiko.driver)(client, hop, platform, pace)
