"""Faults of a cable, between two real network stacks."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING

import pytest

from yiwang.core.errors import NotFoundError, UsageError
from yiwang.lab import cgroup
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.force import clear, clear_all, standing
from yiwang.lab.faults.record import keep, records
from yiwang.lab.fixtures import eventually
from yiwang.lab.kernel import has

if TYPE_CHECKING:
    from tests.integration.lab.faults.conftest import Pair

pytestmark = pytest.mark.xdist_group("lab-cables")

SEND = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[1])):
    sender.sendto(b"x" * 100, ("10.99.0.2", 9))
"""
SERVE = """
import hashlib, socket
server = socket.create_server(("10.99.0.2", 8))
print("ready", flush=True)
connection, _ = server.accept()
seen = hashlib.sha256()
while data := connection.recv(65536):
    seen.update(data)
connection.sendall(seen.hexdigest().encode())
"""
UPLOAD = """
import socket, sys, time
data = sys.stdin.buffer.read()
with socket.create_connection(("10.99.0.2", 8)) as connection:
    began = time.monotonic()
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    print(connection.recv(64).decode(), time.monotonic() - began)
"""
# Frames of LLDP and of OSPF, to the addresses that only link-local protocols use.
WATCH = """
import json, select, socket, time
watch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.bind(("eth0", 0))
print("ready", flush=True)
found, until = [], time.monotonic() + 2
while select.select([watch], [], [], max(0, until - time.monotonic()))[0]:
    frame = watch.recv(2000)
    if b"yiwang-test" in frame:
        found.append(frame[:14].hex())
print(json.dumps(found))
"""
MULTICAST = """
import socket
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("eth0", 0))
own = sender.getsockname()[4]
for to, kind in (("0180c200000e", "88cc"), ("01005e000005", "0800")):
    sender.send(bytes.fromhex(to) + own + bytes.fromhex(kind) + b"yiwang-test".ljust(60, b"-"))
"""
needs_line = pytest.mark.skipif(os.geteuid() == 0 and has("netem"), reason="netem delays here, no delay line")


def upload(pair: Pair, content: bytes) -> tuple[str, float]:
    """The digest of what arrived over TCP, and how many seconds it took."""
    with subprocess.Popen(pair.python("far", SERVE), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        sent = subprocess.run(pair.python("near", UPLOAD), input=content, capture_output=True, check=True)
    digest, seconds = sent.stdout.decode().split()
    return digest, float(seconds)


def line_of(pair: Pair, id: str) -> list[int]:
    """The processes of a delay line."""
    groups = cgroup.groups(pair.lab.layout.slot, f"_faults/{id}")
    return [pid for group in groups for pid in cgroup.processes(group)]


def test_a_cable_that_is_down_carries_nothing_and_the_far_end_has_no_carrier(pair: Pair) -> None:
    pair.put("link near far down")

    assert "NO-CARRIER" in pair.shown("far", "ip", "link", "show", "eth0")
    assert pair.round_trips(2, patience=0.2) == []


def test_a_cable_that_is_up_again_has_the_routes_that_were_written_by_hand(pair: Pair) -> None:
    pair.shown("near", "ip", "route", "add", "10.99.7.0/24", "via", "10.99.0.2")
    before = pair.traces()

    record = pair.put("link near far down")
    lost = pair.shown("near", "ip", "route")
    clear(pair.lab, record.id)

    assert "10.99.7.0" not in lost
    assert pair.round_trips(1)
    assert pair.shown("near", "ip", "route") == before["near ('ip', 'route')"]
    pair.shown("near", "ip", "route", "delete", "10.99.7.0/24")


def test_as_many_frames_are_lost_as_asked_for(pair: Pair) -> None:
    pair.put("loss near far 20")
    before = pair.count("far", "rx_packets")

    subprocess.run(pair.python("near", SEND, "5000"), check=True)

    arrived = pair.count("far", "rx_packets") - before
    # Of 5000, 4000 arrive on average; six standard deviations are 170.
    assert 3830 <= arrived <= 4170


def test_loss_in_one_direction_lets_the_other_through(pair: Pair) -> None:
    pair.put("loss near far 100", direction="back")
    before = pair.count("far", "rx_packets")

    answers = pair.round_trips(5, patience=0.1)

    assert answers == []
    assert pair.count("far", "rx_packets") - before >= 5


def test_a_narrow_cable_carries_about_what_was_asked_for(pair: Pair) -> None:
    pair.put("bandwidth near far 8")
    content = random.randbytes(2_000_000)

    digest, seconds = upload(pair, content)

    assert digest == hashlib.sha256(content).hexdigest()
    # Two million bytes at 8 Mbit/s take 2 s; never less, whatever else the machine does.
    assert 1.9 <= seconds <= 12


def test_a_delay_is_added_each_way(pair: Pair) -> None:
    pair.put("delay near far 30")

    took = pair.round_trips(15)

    assert len(took) == 15
    assert min(took) >= 60
    assert median(took) < 120


def test_a_delay_in_one_direction_is_added_once(pair: Pair) -> None:
    pair.put("delay near far 50", direction="there")

    took = pair.round_trips(10)

    assert min(took) >= 50
    assert median(took) < 95


def test_jitter_varies_the_delay_within_its_bounds(pair: Pair) -> None:
    pair.put("delay near far 30", jitter="20")

    took = pair.round_trips(40)

    assert len(took) == 40
    assert min(took) >= 20
    assert max(took) - min(took) > 10


def test_more_jitter_than_delay_is_refused_and_leaves_nothing(pair: Pair) -> None:
    before = pair.traces()

    with pytest.raises(UsageError, match="E6314"):
        pair.put("delay near far 5", jitter="6")

    assert records(pair.lab.folder) == ()
    assert pair.traces() == before


def test_a_transfer_over_a_delayed_cable_arrives_as_it_was_sent(pair: Pair) -> None:
    pair.put("delay near far 10", jitter="5")
    content = random.randbytes(5_000_000)

    digest, _ = upload(pair, content)

    assert digest == hashlib.sha256(content).hexdigest()


def test_a_delayed_cable_carries_link_local_protocols_and_each_port_sees_a_frame_once(pair: Pair) -> None:
    pair.put("delay near far 20")
    watching = [
        subprocess.Popen(pair.python(host, WATCH), stdout=subprocess.PIPE, text=True) for host in ("near", "far")
    ]
    assert [watch.stdout.readline() for watch in watching if watch.stdout] == ["ready\n", "ready\n"]

    subprocess.run(pair.python("near", MULTICAST), check=True)

    seen = [json.loads(watch.communicate()[0]) for watch in watching]
    assert [[frame[:12] for frame in frames] for frames in seen] == [["0180c200000e", "01005e000005"]] * 2


def test_a_delayed_cable_still_counts_what_it_carries(pair: Pair) -> None:
    pair.put("delay near far 5")
    counters = ("near", "tx_packets"), ("far", "rx_packets")
    before = [pair.count(*counter) for counter in counters]

    subprocess.run(pair.python("near", SEND, "300"), check=True)

    assert eventually(
        lambda: all(pair.count(*counter) - was >= 300 for counter, was in zip(counters, before, strict=True)), seconds=5
    )


def test_delay_bandwidth_and_loss_hold_together(pair: Pair) -> None:
    for line in ("delay near far 30", "bandwidth near far 8", "loss near far 1"):
        pair.put(line)
    content = random.randbytes(500_000)

    took = pair.round_trips(5)
    digest, seconds = upload(pair, content)

    assert min(took) >= 60
    assert seconds >= 0.45
    assert digest == hashlib.sha256(content).hexdigest()
    assert [each.holds for each in standing(pair.lab)] == [True] * 3


def test_a_firewall_that_is_deployed_from_scratch_does_not_end_a_fault(pair: Pair) -> None:
    pair.put("delay near far 20")
    pair.put("loss near far 1")

    pair.shown("near", "nft", "flush", "ruleset")

    assert [each.holds for each in standing(pair.lab)] == [True, True]
    assert min(pair.round_trips(5)) >= 40


def test_clearing_leaves_nothing_behind(pair: Pair) -> None:
    before = pair.traces()
    for line in ("delay near far 20", "bandwidth near far 8", "loss near far 1", "link near far down"):
        pair.put(line, seconds=600)

    cleared = clear_all(pair.lab)

    assert [record.fault for record in cleared] == ["link", "loss", "bandwidth", "delay"]
    assert eventually(lambda: pair.traces() == before, seconds=5)
    assert pair.processes() == []
    assert list(pair.lab.folder.faults.iterdir()) == []


def test_clearing_twice_is_answered_and_harmless(pair: Pair) -> None:
    record = pair.put("loss near far 100")
    clear(pair.lab, record.id)

    with pytest.raises(NotFoundError, match="E6306"):
        clear(pair.lab, record.id)

    assert clear_all(pair.lab) == ()
    assert pair.round_trips(1)


@pytest.mark.parametrize("line", ["link near far down", "loss near far 5", "bandwidth near far 1", "delay near far 5"])
def test_a_fault_that_is_on_record_but_was_never_applied_can_be_cleared(pair: Pair, line: str) -> None:
    before = pair.traces()
    record = pair.put(line)
    clear(pair.lab, record.id)
    keep(pair.lab.folder, record)

    clear(pair.lab, record.id)

    assert eventually(lambda: pair.traces() == before, seconds=5)


def test_the_same_fault_in_the_same_place_replaces_the_earlier(pair: Pair) -> None:
    pair.put("delay near far 40")

    pair.put("delay far near 10")

    assert [record.values["delay"] for record in records(pair.lab.folder)] == [10]
    assert 20 <= median(pair.round_trips(5)) < 80


@needs_line
def test_a_delay_line_that_was_killed_leaves_the_cable_as_it_was_and_is_told_gone(pair: Pair) -> None:
    before = pair.traces()
    record = pair.put("delay near far 50")

    for pid in line_of(pair, record.id):
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: pair.traces() == before, seconds=5)
    assert pair.round_trips(1)
    assert [each.holds for each in standing(pair.lab)] == [False]
    clear(pair.lab, record.id)
    assert pair.traces() == before


@needs_line
def test_a_delay_line_whose_rules_are_gone_ends_itself(pair: Pair) -> None:
    record = pair.put("delay near far 50")
    keeper = next(pid for pid in line_of(pair, record.id) if _program(pid) == "nft")

    os.kill(keeper, signal.SIGKILL)

    assert eventually(lambda: not line_of(pair, record.id), seconds=5)
    assert pair.round_trips(1)


def _program(pid: int) -> str:
    return subprocess.run(["ps", "-o", "comm=", str(pid)], capture_output=True, text=True, check=True).stdout.strip()


def test_a_fault_with_a_length_clears_itself_when_nobody_is_there(pair: Pair) -> None:
    pair.put("loss near far 100", seconds=1)

    assert eventually(lambda: records(pair.lab.folder) == (), seconds=20)
    assert pair.round_trips(1)
    assert eventually(lambda: pair.processes() == [], seconds=5)


def test_what_waits_to_clear_a_fault_ends_with_the_lab(pair: Pair) -> None:
    pair.put("loss near far 1", seconds=600)
    waiting = pair.processes()

    cgroup.kill(pair.lab.layout.slot)

    assert waiting
    assert pair.processes() == []


def test_clearing_early_ends_the_wait(pair: Pair) -> None:
    record = pair.put("loss near far 1", seconds=600)

    clear(pair.lab, record.id)

    assert pair.processes() == []


def test_a_burst_beyond_what_a_delay_line_holds_is_lost_and_the_line_lives_on(pair: Pair) -> None:
    record = pair.put("delay near far 500")

    for _ in range(4):
        subprocess.run(pair.python("near", SEND, "20000"), check=True)
    time.sleep(1)

    assert Case(pair.lab, record).lab.folder.faults.joinpath(f"{record.id}.json").exists()
    assert [each.holds for each in standing(pair.lab)] == [True]
    assert pair.round_trips(1)
