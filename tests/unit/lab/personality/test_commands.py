"""Every command of every platform answers, and the parsers that people use understand the answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ntc_templates.parse import parse_output

from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.session import Session
from yiwang.lab.personality.engine.terminal import Terminal
from yiwang.lab.personality.engine.verbs import VERBS
from yiwang.lab.personality.serving import default_configuration

SHOWING = ("print", "table", "running", "saved", "this", "candidate")
VALUES = {"<interface>": "1", "<number>": "1", "<word>": "word", "<rest>": "rest"}


def said(name: str, command: str, folder: Path) -> str:
    """What a device with the platform's sample answers."""
    device = Device(name="r1", platform=name, state=folder)
    device.running.write_text(default_configuration(name, "r1"))
    device.startup.write_text(default_configuration(name, "r1"))
    reading, writing = os.pipe()
    session = Session(device, platform(name), Terminal(0, writing))
    session.terminal.lines = 0
    session.execute(command)
    os.close(writing)
    with os.fdopen(reading) as stream:
        return stream.read().replace("\r", "")


def commands(name: str) -> list[str]:
    own = platform(name)
    level = "enable" if "enable" in own.data["prompts"] else "user"
    interface = own.names.interfaces[0]
    values = VALUES | {"<interface>": f"{interface}{own.names.separator}0/1"}
    return [
        " ".join(values.get(word, word) for word in each.say)
        for each in own.commands
        if each.do in SHOWING and level in each.views
    ]


@pytest.mark.parametrize("name", platform_names())
def test_every_command_that_shows_something_shows_it(name: str, tmp_path: Path) -> None:
    for command in commands(name):
        answer = said(name, command, tmp_path)

        assert "^" not in answer.partition("\n")[0], command
        assert "{" not in answer, command


@pytest.mark.parametrize("name", platform_names())
def test_a_platforms_commands_do_only_what_there_is(name: str) -> None:
    assert {each.do for each in platform(name).commands} <= VERBS.keys()


@pytest.mark.parametrize(
    ("name", "parser", "command", "expected"),
    [
        ("huawei_vrp", "huawei_vrp", "display version", {"vrp_version": "5.170", "model": "NE40E"}),
        ("huawei_vrp", "huawei_vrp", "display interface brief", {"interface": "GigabitEthernet0/0/0", "phy": "up"}),
        ("huawei_vrp", "huawei_vrp", "display interface description", {"interface": "GigabitEthernet0/0/1"}),
        ("hp_comware", "hp_comware", "display interface brief", {"interface": "Loop0"}),
        ("hp_comware", "hp_comware", "display clock", {}),
        ("cisco_ios", "cisco_ios", "show version", {"hostname": "r1", "version": "15.7(3)M8"}),
        ("cisco_ios", "cisco_ios", "show ip interface brief", {"interface": "Loopback0", "status": "up"}),
        ("cisco_xe", "cisco_ios", "show version", {"hostname": "r1", "version": "17.3.5"}),
        ("zte_zxros", "zte_zxros", "show interface brief", {"interface": "gei-0/1/0/1"}),
    ],
)
def test_published_parsers_understand_the_answers(
    name: str, parser: str, command: str, expected: dict[str, str], tmp_path: Path
) -> None:
    answer = said(name, command, tmp_path)
    try:
        rows = parse_output(platform=parser, command=command, data=answer)
    except Exception as error:
        if "No template found" in str(error):
            pytest.skip("no template for this command is published")
        raise

    assert any(expected.items() <= row.items() for row in rows), rows
