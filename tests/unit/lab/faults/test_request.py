"""Words on a command line become a fault in a place, or a clear refusal."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.errors import YiwangError
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import Request, read_length, read_request
from yiwang.lab.layout import Cable, CableEnd, Host, Layout


def host(name: str, index: int) -> Host:
    return Host(name, "node", "node", "linux", index, f"198.18.200.{10 + index}")


def cable(name: str, one: str, other: str, port: int) -> Cable:
    return Cable(name, (CableEnd(one, f"GE0/0/{port}", f"ge0-0-{port}"), CableEnd(other, f"eth{port}", f"eth{port}")))


LAYOUT = Layout(
    "small",
    50,
    "/estate",
    tuple(host(name, index) for index, name in enumerate(("core", "edge", "node"))),
    (
        cable("core-edge-1", "core", "edge", 1),
        cable("core-edge-2", "core", "edge", 2),
        cable("edge-node", "edge", "node", 3),
    ),
)


def read(line: str, **options: str) -> Request:
    name, *words = line.split()
    return read_request(LAYOUT, find_fault(name), words, options)


def refusal(line: str, **options: str) -> str:
    with pytest.raises(YiwangError) as caught:
        read(line, **options)
    return caught.value.error.id


def test_a_cable_is_named_by_the_hosts_at_its_ends_in_either_order() -> None:
    forth, back = read("loss edge node 5"), read("loss node edge 5")

    assert forth.place == back.place == "edge-node"
    assert (forth.hosts, back.hosts) == (("edge", "node"), ("node", "edge"))
    assert forth.id == back.id == "loss-edge-node"


def test_a_cable_is_named_as_it_is_declared() -> None:
    assert read("link core-edge-2 down").hosts == ("core", "edge")


def test_one_of_several_cables_between_two_hosts_must_be_named() -> None:
    assert refusal("link core edge down") == "E6310"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("link core node down", "E6309"),
        ("link core core down", "E6309"),
        ("link core nowhere down", "E6015"),
        ("link nowhere down", "E6311"),
        ("link edge node sideways", "E6304"),
        ("link edge node", "E6304"),
        ("link", "E6301"),
        ("link down", "E6301"),
        ("loss edge node", "E6311"),
        ("loss edge node 5 6", "E6301"),
        ("loss edge node some", "E6302"),
        ("loss edge node 100.5", "E6303"),
        ("loss edge node -1", "E6303"),
        ("loss edge node nan", "E6303"),
        ("bandwidth edge node 0", "E6303"),
        ("delay edge node 10001", "E6303"),
        ("clock node chronyd 2", "E6305"),
        ("clock node ../../evil +2h", "E6305"),
        ("service node --now stop", "E6305"),
        ("sshd node explode", "E6304"),
        ("power nowhere off", "E6015"),
        ("reboot node now", "E6301"),
    ],
)
def test_wrong_words_are_refused_with_a_code(line: str, code: str) -> None:
    assert refusal(line) == code


def test_options_have_defaults_and_bounds() -> None:
    assert read("delay edge node 20").values == {"delay": 20, "jitter": 0, "direction": "both"}
    assert read("delay edge node 20", jitter="5", direction="there").values["jitter"] == 5
    assert refusal("delay edge node 20", jitter="-1") == "E6303"
    assert refusal("delay edge node 20", direction="up") == "E6304"


def test_the_word_that_takes_a_fault_back_is_known() -> None:
    assert read("link edge node up").is_undo
    assert not read("link edge node down").is_undo


def test_two_services_of_a_host_are_two_faults() -> None:
    assert read("service node snmpd stop").id != read("service node ssh stop").id


@given(st.floats(allow_nan=False))
def test_a_share_of_frames_is_taken_exactly_when_it_lies_within_its_bounds(percent: float) -> None:
    line = f"loss edge node {percent!r}"

    if 0 <= percent <= 100:
        assert read(line).values["percent"] == percent
    else:
        assert refusal(line) == "E6303"


@given(st.text(max_size=8))
def test_a_length_of_time_is_a_number_with_its_unit_and_at_most_a_year(text: str) -> None:
    match = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[match[2]] if match else math.inf

    if 0 < seconds <= 366 * 86_400:
        assert read_length(text) == seconds
    else:
        with pytest.raises(YiwangError):
            read_length(text)


def test_lengths_of_time_are_read_in_every_unit() -> None:
    assert [read_length(text) for text in ("90s", "10m", "2h", "1d")] == [90, 600, 7200, 86_400]
