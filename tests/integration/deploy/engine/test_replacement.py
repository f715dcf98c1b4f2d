"""Facts in the place of pyinfra's own say the same of a real node."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyinfra.facts import files, server

from yiwang.deploy.engine.channel import Channel
from yiwang.deploy.engine.replacement import NARROWER, REPLACEMENTS, OpenUsers, Users
from yiwang.deploy.engine.transport import Output
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")

Ask = Callable[[Channel, str], Output]
THINGS = """
set -e
cd /etc; rm -rf trial; mkdir -m 2751 trial; cd trial
echo x >file; chmod 4750 file; chown daemon:adm file; echo y >stranger; chown 12345:54321 stranger
ln -s file link; ln -s nowhere dangling; ln -s 'a b' odd; mkfifo pipe; mkdir -m 1777 sticky; : >'with blank'
touch -d '1969-12-31 23:59:59.5Z' old; touch -d '2031-05-05 05:05:05.999Z' future
groupadd trial-a; groupadd trial-b; useradd -M -G trial-a,trial-b -c 'A, B |C' trial-user; useradd -M trial-other
usermod -p '$6$x$y/.z' trial-other; gpasswd -a trial-other trial-b
"""
LINES = r"""
printf 'Port 22\n#PermitRootLogin yes\n\ta = 1 \nb+c?d\n\nno newline' >lines; printf 'a\0b' >binary
"""
PATTERNS = [
    "Port",
    "^Port 22$",
    "^#?PermitRootLogin .*$",
    "^.*a[[:space:]]*=[[:space:]]*1.*$",
    "b+c?d",
    "^b.c.d$",
    "^$",
]
PATTERNS += [
    "no new",
    "x*",
    "a\\\\.b",
    "(Port|a)",
    "P[o]rt",
    "Po{1}rt",
    "^^",
    "$a",
    "*Port",
    "bc*",
    "Port.*.*$",
    "\\\\+",
]
AWAY = "rm -rf /etc/trial; userdel trial-user; userdel trial-other; groupdel trial-a; groupdel trial-b"
NAMES = ["file", "stranger", "link", "dangling", "odd", "pipe", "sticky", "old", "future", "nothing", "file/below"]
PLACES = [
    "/",
    "/etc",
    "/etc/trial",
    "/dev/null",
    "/proc/1",
    "/etc/trial/with blank",
    *(f"/etc/trial/{n}" for n in NAMES),
]
KEYS = "net.ipv4.tcp_syncookies net.ipv4.ip_local_port_range net.ipv4.conf.all.rp_filter kernel.hostname nothing.here"


@pytest.fixture(scope="module")
def things(request: pytest.FixtureRequest) -> Iterator[None]:
    """Files and accounts of every kind on the node."""
    lab = request.getfixturevalue("lab_estate")
    node: Machine = next(each for each in lab.machines if each.host.name == "desk-1")
    node.run("sh", "-c", THINGS + LINES)
    yield
    node.run("sh", "-c", AWAY)


def by_agent(channel: Channel, command: str) -> Output:
    outputs = channel.look([command]).outputs
    assert outputs
    return outputs[0]


def by_shell(channel: Channel, command: str) -> Output:
    # The agent answers looks by itself where it can, and never a command that is to be run.
    return channel.run(command)


def said(ask: Ask, channel: Channel, fact: Any, *arguments: Any) -> Any:
    command = fact.command(*arguments)
    lines = ask(channel, command if isinstance(command, str) else command.get_raw_value()).out.splitlines()
    return fact.process(lines) if lines else fact.default()


def without(value: Any, key: str) -> Any:
    return {name: each for name, each in value.items() if name != key} if isinstance(value, dict) else value


@pytest.mark.parametrize("original", [each for each in REPLACEMENTS if each is not server.Users])
@pytest.mark.usefixtures("things")
def test_what_is_said_of_a_path_is_the_same_but_for_its_last_reading(channel: Channel, original: Any) -> None:
    for place in PLACES:
        expected = said(by_shell, channel, original(), place)

        found = said(by_agent, channel, REPLACEMENTS[original](), place)

        assert without(found, "atime") == without(expected, "atime"), place


@pytest.mark.parametrize("original", [files.File, files.Directory, files.Link])
@pytest.mark.usefixtures("things")
def test_how_a_path_stands_is_the_same_but_for_its_times_and_its_size(channel: Channel, original: Any) -> None:
    left_out = ("atime", "mtime", "ctime", "size")
    for place in PLACES:
        expected = said(by_shell, channel, original(), place)

        found = said(by_agent, channel, NARROWER[original][0](), place)

        for key in left_out:
            expected, found = without(expected, key), without(found, key)
        assert found == expected, place


@pytest.mark.usefixtures("things")
def test_accounts_without_passwords_are_otherwise_the_same(channel: Channel) -> None:
    expected = said(by_agent, channel, Users())

    found = said(by_agent, channel, OpenUsers())

    assert {name: without(user, "password") for name, user in found.items()} == {
        name: without(user, "password") for name, user in expected.items()
    }
    assert {user["password"] for user in found.values()} == {""}


@pytest.mark.usefixtures("things")
def test_accounts_are_the_same_but_for_their_last_login(channel: Channel) -> None:
    originals = said(by_shell, channel, server.Users())

    found = said(by_agent, channel, Users())

    logins = ("lastlog", "login_time")
    expected = {name: {key: v for key, v in user.items() if key not in logins} for name, user in originals.items()}
    assert {name: {key: v for key, v in user.items() if key not in logins} for name, user in found.items()} == expected
    assert {"trial-a", "trial-b"} == set(found["trial-user"]["groups"])


@pytest.mark.usefixtures("things")
def test_the_agent_answers_what_it_knows_in_the_words_of_the_programs(channel: Channel) -> None:
    commands = [REPLACEMENTS[files.File]().command(place) for place in PLACES]
    commands += [NARROWER[files.File][0]().command(place) for place in PLACES]
    commands += [files.Sha1File().command(place).get_raw_value() for place in PLACES if "pipe" not in place]
    commands += [
        files.FindInFile().command(place, pattern, extended_regex=is_extended).get_raw_value()
        for pattern in PATTERNS
        for is_extended in (False, True)
        for place in (
            "/etc/trial/lines",
            "/etc/trial/binary",
            "/etc/trial/dangling",
            "/etc/trial/nothing",
            "/etc/trial",
        )
    ]
    commands += [server.Sysctl().command([key]).get_raw_value() for key in KEYS.split()]

    for command in commands:
        found, expected = by_agent(channel, command), by_shell(channel, command)

        assert (found.code, found.out) == (expected.code, expected.out), command
