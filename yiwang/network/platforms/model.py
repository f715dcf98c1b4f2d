"""A platform: prompts, commands, marks and secrets of one vendor's command line, frozen as its file says them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared, Flag, Free


def _expression(text: Any) -> Any:
    try:
        return re.compile(text, re.MULTILINE) if isinstance(text, str) else text
    except re.error:
        raise ValueError(N_("a regular expression of Python")) from None


Expression = Annotated[re.Pattern[str], BeforeValidator(_expression)]
"""A regular expression in which ``^`` and ``$`` stand for the ends of a line."""

ObjectId = Annotated[str, Field(pattern=r"^\d+(\.\d+)+$")]
Command = Annotated[str, Field(min_length=1, max_length=2000)]


class Prompts(Declared):
    """Prompts as whole last lines; ``name`` is a group of both and holds the device's name."""

    reading: Expression = Field(description=N_("prompt at which every reading command is known"))
    limited: Expression | None = Field(None, description=N_("prompt before the privileged view was entered"))
    password: Expression = Field(
        re.compile(r"[Pp]assword: ?$"), description=N_("question for the password of the privileged view")
    )
    questions: dict[str, str] = Field(
        default_factory=dict, description=N_("questions after the login and the line that answers each")
    )


class Commands(Declared):
    """Commands that only read, apart from those that prepare the session."""

    prepare: tuple[Command, ...] = Field((), description=N_("switch off paging for this session"))
    enable: Command | None = Field(None, description=N_("enter the privileged view"))
    running: Command = Field(description=N_("show the configuration in force"))
    saved: Command | None = Field(None, description=N_("show the saved configuration"))
    version: Command = Field(description=N_("show software and model"))
    interfaces: Command = Field(description=N_("show interfaces"))
    neighbours: Command | None = Field(None, description=N_("show LLDP neighbours"))
    inventory: Command | None = Field(None, description=N_("show parts and serial numbers"))
    time: Command | None = Field(None, description=N_("show the clock"))


class Output(Declared):
    """What stands in outputs beside what was asked for."""

    pager: Expression | None = Field(None, description=N_("what a page ends with where paging cannot be switched off"))
    refused: tuple[Expression, ...] = Field((), description=N_("lines that refuse a command"))
    unsaved: tuple[Expression, ...] = Field((), description=N_("answers that tell that nothing is saved"))


class Completeness(Declared):
    """How a configuration shows that it is whole."""

    end: Expression | None = Field(None, description=N_("last line of a whole configuration"))
    smallest_bytes: int = Field(64, ge=1, description=N_("no whole configuration is smaller"))
    shrunk_to: float = Field(
        0.5, ge=0, le=1, description=N_("below this part of the last size a configuration without an end is doubted")
    )


class Volatile(Declared):
    """Lines that change without a change of the configuration; without ``by`` they are left out."""

    line: Expression = Field(description=N_("lines, matched from their beginning"))
    only: Literal["running", "saved", "version"] | None = Field(None, description=N_("only in this output"))
    by: str | None = Field(None, description=N_("what is kept of them, with \\1 for the first group"))


class SecretLine(Declared):
    """Where a secret stands: the group ``secret`` of the expression, searched in every line."""

    line: Expression = Field(description=N_("expression with the group `secret`"))
    within: Expression | None = Field(None, description=N_("line without indentation above it that must match"))
    kind: str = Field("password", pattern=r"^[a-z-]+$", description=N_("password, community, key or another word"))


class Mark(Declared):
    """A line that tells a platform from others: the weight of one that is found counts once."""

    line: Expression = Field(description=N_("expression, searched in every line"))
    weight: int = Field(
        10, ge=-100, le=100, description=N_("10 and more: decides by itself; below 0: speaks against it")
    )


class SnmpIdentity(Declared):
    """How a platform shows itself over SNMP."""

    objects: tuple[ObjectId, ...] = Field((), description=N_("beginnings of sysObjectID"))
    descriptions: tuple[Expression, ...] = Field((), description=N_("expressions found in sysDescr"))


class ReadOnly(Declared):
    """How an account that can only read is proven to be one, and the lines that make it.

    In the lines, ``{user}``, ``{password}``, ``{community}``, ``{auth}``, ``{privacy}`` and the two protocols are
    filled in; a line whose values are not declared is left out.
    """

    probe: Command = Field(description=N_("harmless command that only an account that may write can carry out"))
    accepted: Expression = Field(description=N_("prompt or line, whole, that tells that it was carried out"))
    refused: tuple[Expression, ...] = Field(
        (), description=N_("lines that refuse it, beside those that refuse any command")
    )
    leave: Command | None = Field(None, description=N_("undo what the probe did where it was carried out"))
    account: tuple[str, ...] = Field((), description=N_("lines that make the account for SSH"))
    community: tuple[str, ...] = Field((), description=N_("lines that make the account for SNMP 2c"))
    user: tuple[str, ...] = Field((), description=N_("lines that make the account for SNMP 3"))


class EndOfLife(Declared):
    """The vendor's last day of support for models or versions; ``verified``: read in the vendor's own notice."""

    matches: Expression = Field(description=N_("expression found in the output of the version command"))
    until: Date = Field(description=N_("last day of support"))
    what: str = Field(description=N_("model or version"))
    source: str = Field(description=N_("where that was read"))
    verified: Flag = Field(False, description=N_("whether somebody compared it with the source"))


class Netmiko(Declared):
    """The driver of netmiko with what it is told beside its defaults."""

    driver: str = Field(description=N_("device type of netmiko"))
    overrides: dict[str, Free] = Field(default_factory=dict, description=N_("arguments beside netmiko's defaults"))


class Stranger(Declared):
    """A platform that is recognised in order not to be taken for another one: it is not supported."""

    title: str = Field(description=N_("name of the software"))
    marks: tuple[Mark, ...] = Field((), description=N_("lines of its configuration"))
    snmp: SnmpIdentity = Field(SnmpIdentity(), description=N_("how it shows itself over SNMP"))


class Platform(Stranger):
    """Everything that is known of one platform.

    ``configuration`` is the grammar of its sections as plain data, which :mod:`yiwang.network.configuration` reads;
    ``facts`` are the expressions of what is compared across devices, which :mod:`yiwang.network.fleet` reads;
    ``intent`` is how what is declared is written for it, which :mod:`yiwang.network.intent` reads.
    """

    vendor: str = Field(description=N_("maker"))
    based_on: str | None = Field(None, description=N_("platform of which only the differences are said"))
    prompts: Prompts = Field(description=N_("prompts"))
    commands: Commands = Field(description=N_("commands"))
    output: Output = Field(Output(), description=N_("what else stands in outputs"))
    completeness: Completeness = Field(Completeness(), description=N_("how a configuration shows that it is whole"))
    volatile: tuple[Volatile, ...] = Field((), description=N_("lines that change by themselves"))
    secrets: tuple[SecretLine, ...] = Field((), description=N_("lines with secrets"))
    configuration: dict[str, Free] = Field(default_factory=dict, description=N_("grammar of its configuration"))
    facts: dict[str, Free] = Field(
        default_factory=dict, description=N_("where its configuration tells addresses, routing instances and the like")
    )
    intent: dict[str, Free] = Field(default_factory=dict, description=N_("how declared intent is written for it"))
    netmiko: Netmiko = Field(description=N_("driver of netmiko"))
    read_only: ReadOnly | None = Field(None, description=N_("proof that an account can only read"))
    end_of_life: tuple[EndOfLife, ...] = Field((), description=N_("ends of support"))

    @cached_property
    def reading_prompt(self) -> re.Pattern[str]:
        """The reading prompt at the very end of what was received."""
        return re.compile(rf"(?:\A|[\r\n])(?:{self.prompts.reading.pattern}) ?\Z")
