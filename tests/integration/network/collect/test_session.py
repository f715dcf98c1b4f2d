"""Sessions on command lines: whole answers and nothing else, whatever the device does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.engine.edit import Edit, applied
from yiwang.lab.personality.engine.tree import parse, written
from yiwang.lab.personality.serving import default_configuration
from yiwang.network.collect.faults import AnswerError, ReachError
from yiwang.network.collect.pace import Pace
from yiwang.network.platforms.catalogue import Platforms

LOOP = """\
while {before} printf 'r1#'; IFS= read -r line; do
    case $line in
    'show running-config') {running} ;;
    esac
done
"""


def long_configuration(name: str) -> str:
    own = platform(name)
    tree = parse(default_configuration(name, "lab-1"), own.comment)
    for number in range(10, 50):
        header = f"interface LoopBack{number}"
        tree = applied(tree, Edit((header,), f"description 第 {number} 号接口, with > and # and lab-1# in it"), own)
    return written(tree)


@pytest.mark.parametrize("name", platform_names())
def test_every_vendors_configuration_comes_whole(
    personality: Callable[..., Any], opened: Callable[..., Any], platforms: Platforms, name: str
) -> None:
    server = personality(name, configuration=long_configuration(name), hostname="lab-1")

    session = opened(server)
    answer = session.ask(platforms.find(name).commands.running)

    assert answer.endswith(server.running)
    assert len(answer) - len(server.running) < 100
    assert session.device_name == "lab-1"


def test_pages_are_turned_where_the_pager_cannot_be_switched_off(
    personality: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    server = personality("hp_comware", configuration=long_configuration("hp_comware"), hostname="lab-1")
    session = opened(server)
    session.ask("undo screen-length disable")

    answer = session.ask("display current-configuration")

    assert answer == server.running


def test_a_device_of_another_language_and_encoding_is_understood(
    scripted: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    text = " description 至市政务中心\n".encode("gb18030")
    octal = "".join(f"\\{byte:03o}" for byte in text)

    answer = opened(scripted(LOOP.format(before="", running=f"printf '{octal}end\\n'"))).ask("show running-config")

    assert answer == " description 至市政务中心\nend\n"


def test_the_privileged_view_is_entered_with_the_enable_password(
    personality: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    server = personality("cisco_ios", hostname="lab-1", enable=Secret("open sesame"))

    session = opened(server, enable=Secret("open sesame"))

    assert session.ask("show running-config").endswith("end\n")
    with pytest.raises(ReachError) as caught:
        opened(server)
    assert caught.value.error.id == "E3018"


def test_a_command_that_is_refused_is_told_in_the_devices_words(
    personality: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    session = opened(personality("huawei_vrp", hostname="lab-1"))

    with pytest.raises(AnswerError) as caught:
        session.ask("display frobnication")

    assert caught.value.error.id == "E3019"
    assert "Unrecognized command" in str(caught.value)
    assert session.ask("display current-configuration").endswith("return\n")


def test_a_prompt_that_comes_late_is_not_taken_for_an_answer(
    scripted: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    slow = LOOP.format(before="sleep 0.2;", running="printf 'hostname r1\\n'; sleep 1.5; printf 'end\\n'")
    server = scripted(f"sleep 0.5; printf 'welcome\\n'\n{slow}")

    assert opened(server).ask("show running-config") == "hostname r1\nend\n"


def test_a_line_that_looks_like_a_prompt_ends_nothing(scripted: Callable[..., Any], opened: Callable[..., Any]) -> None:
    running = "printf 'banner\\nother#'; sleep 0.3; printf ' is no prompt\\nend\\n'"

    answer = opened(scripted(LOOP.format(before="", running=running))).ask("show running-config")

    assert answer == "banner\nother# is no prompt\nend\n"


def test_a_device_that_falls_silent_is_told_with_how_far_it_came(
    scripted: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    session = opened(scripted(LOOP.format(before="", running="printf 'half'; sleep 30")), Pace(silence=3))

    with pytest.raises(AnswerError) as caught:
        session.ask("show running-config")

    assert caught.value.error.id == "E3016"


def test_a_device_that_hangs_up_is_told(scripted: Callable[..., Any], opened: Callable[..., Any]) -> None:
    session = opened(scripted(LOOP.format(before="", running="printf 'half'; exit")))

    with pytest.raises(ReachError) as caught:
        session.ask("show running-config")

    assert caught.value.error.id == "E3017"


def test_a_device_of_another_platform_shows_no_prompt_that_is_known(
    scripted: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    server = scripted("printf 'login as operator:'; sleep 30", platform="huawei_vrp")

    with pytest.raises(AnswerError) as caught:
        opened(server, Pace(silence=3))

    assert caught.value.error.id == "E3015"
    assert "login as operator:" in str(caught.value)


def test_questions_after_the_login_are_answered_by_the_table(
    scripted: Callable[..., Any], opened: Callable[..., Any]
) -> None:
    asking = "printf 'The password needs to be changed. Change now? [Y/N]: '; read -r said; echo $said > $folder/said\n"
    server = scripted(asking + LOOP.replace("r1#", "<r1>").format(before="", running=":"), platform="huawei_vrp")

    session = opened(server)

    assert session.device_name == "r1"
