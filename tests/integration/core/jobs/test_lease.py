"""Leases on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta

from yiwang.core.database.connection import Database
from yiwang.core.database.types import utc_now
from yiwang.core.jobs.lease import hold, holder, let_go
from yiwang.core.jobs.owner import is_dead, new_owner, shown

LENGTH = timedelta(seconds=60)


def test_of_many_who_want_a_lease_at_once_one_gets_it(database: Database) -> None:
    now = utc_now()
    got = []
    gate = threading.Barrier(6)

    def want() -> None:
        owner = new_owner()
        gate.wait()
        with database.writing() as connection:
            if hold(connection, "run:1", owner, now, LENGTH).held:
                got.append(owner)

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as connection:
        assert [holder(connection, "run:1", now)] == got


def test_a_lease_given_back_is_free(database: Database) -> None:
    now = utc_now()
    first, second = new_owner(), new_owner()
    with database.writing() as connection:
        hold(connection, "x", first, now, LENGTH)
        let_go(connection, "x", second)
        kept = hold(connection, "x", second, now, LENGTH)
        let_go(connection, "x", first)
        free = hold(connection, "x", second, now, LENGTH)

    assert (kept.held, kept.owner) == (False, first)
    assert free.held


def test_a_lease_is_renewed_by_its_holder_and_taken_only_when_it_is_over(database: Database) -> None:
    now = utc_now()
    first, second = new_owner(), new_owner()
    moments = [0, 50, 100, 109, 111]
    holders = []
    for seconds in moments:
        at = now + timedelta(seconds=seconds)
        with database.writing() as connection:
            if seconds <= 50:
                hold(connection, "x", first, at, LENGTH)
            holders.append(hold(connection, "x", second, at, LENGTH).held)

    assert holders == [False, False, False, False, True]


def test_a_lease_from_a_clock_that_was_put_back_is_not_waited_for(database: Database) -> None:
    now = utc_now()
    with database.writing() as connection:
        hold(connection, "x", new_owner(), now + timedelta(days=1), LENGTH)
        assert hold(connection, "x", new_owner(), now, LENGTH).held


def test_a_living_process_is_not_dead_and_an_ended_one_is() -> None:
    program = "from yiwang.core.jobs.owner import new_owner; print(new_owner())"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert is_dead(answer.stdout.strip())
    assert not is_dead(new_owner())


def test_a_number_that_was_given_to_another_process_does_not_keep_a_lease_alive() -> None:
    host, pid, began, place, token = new_owner().split(" ")

    assert is_dead(f"{host} {pid} {int(began) - 1} {place} {token}")


def test_of_another_machine_nobody_can_tell() -> None:
    host, _pid, began, _place, token = new_owner().split(" ")

    assert not is_dead(f"{host} 4194304 {began} another-boot/pid:[1] {token}")
    assert not is_dead("")
    assert shown(new_owner()).endswith(f"/{os.getpid()}")
    assert shown("") == "?"
