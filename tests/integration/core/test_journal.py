"""The journal: appending on both databases, and finding every way to tamper with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from yiwang.core.database.connection import Database, open_database
from yiwang.core.errors import DatabaseError, JournalError
from yiwang.core.journal import Anchor, Entry, Journal, Verification, parse_anchor, read_export, verify
from yiwang.core.vault.secret import Secret

ENTRIES = 8
COLUMNS = ("time", "actor", "action", "subject", "detail", "previous", "hash")
many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def _fill(journal: Journal, count: int = ENTRIES) -> None:
    for number in range(count):
        journal.append(f"王{number}", "run.create", f"run/{number}", {"n": number, "说明": "试"})


def test_every_entry_follows_from_the_one_before(database: Database) -> None:
    journal = Journal(database)
    _fill(journal)

    entries = list(journal.entries())

    assert [entry.sequence for entry in entries] == list(range(1, ENTRIES + 1))
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert journal.verify() == Verification(Anchor(ENTRIES, entries[-1].hash), ())
    assert list(journal.entries(newest=2)) == entries[-2:]


def test_an_empty_journal_verifies(database: Database) -> None:
    assert Journal(database).verify().problems == ()


APPEND_SOME = """
import sys
from yiwang.core.database.connection import open_database
from yiwang.core.journal import Journal

journal = Journal(open_database(sys.argv[1]))
for number in range(15):
    journal.append("other", "test", "it")
"""


def test_processes_that_append_at_once_make_one_chain(database: Database, database_url: str) -> None:
    command = [sys.executable, "-c", APPEND_SOME, database_url]
    processes = [subprocess.Popen(command) for _ in range(3)]
    threads = [threading.Thread(target=_fill, args=(Journal(database),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [process.wait(60) for process in processes] == [0, 0, 0]
    checked = Journal(database).verify()
    assert checked.head.entries == 3 * 15 + 2 * ENTRIES
    assert checked.problems == ()


def test_a_secret_never_gets_into_the_journal(database: Database) -> None:
    with pytest.raises(DatabaseError) as caught:
        Journal(database).append("wang", "vault.set", "a", {"value": [Secret("geheim")]})

    assert caught.value.error.id == "E0311"
    assert Journal(database).head().entries == 0


def test_verify_tells_that_the_triggers_were_dropped(database: Database) -> None:
    drop = "DROP TRIGGER journal_update_append_only" + ("" if database.is_sqlite else " ON journal")
    with database.writing() as connection:
        connection.execute(text(drop))

    (problem,) = Journal(database).verify().problems

    assert problem.error.id == "E0408"


@pytest.fixture
def tamper(tmp_path: Path) -> Callable[..., Verification]:
    """Makes a journal without its triggers, changes it by SQL, and verifies it."""
    file = tmp_path / "y.db"
    opened = open_database(f"sqlite:///{file}")
    journal = Journal(opened)
    _fill(journal)
    with opened.writing() as connection:
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER journal_{verb}_append_only"))
    opened.close()
    original = file.read_bytes()
    for extra in ("-wal", "-shm"):
        assert not Path(f"{file}{extra}").exists()

    def change(statements: list[tuple[str, tuple[Any, ...]]], anchor: Anchor | None = None) -> Verification:
        file.write_bytes(original)
        with sqlite3.connect(file, isolation_level=None) as connection:
            for statement, values in statements:
                connection.execute(statement, values)
        connection.close()
        again = open_database(f"sqlite:///{file}")
        entries = list(Journal(again).entries())
        again.close()
        return verify(entries, anchor)

    return change


@many
@given(sequence=st.integers(1, ENTRIES), column=st.sampled_from(COLUMNS), value=st.text(max_size=80))
def test_any_edit_of_any_field_is_found(
    tamper: Callable[..., Verification], sequence: int, column: str, value: str
) -> None:
    assume("\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value))

    checked = tamper([(f"UPDATE journal SET {column} = ? WHERE sequence = ?", (value, sequence))])

    assert checked.problems
    assert {problem.values["sequence"] for problem in checked.problems} <= {sequence, sequence + 1}


def test_even_a_blank_added_to_a_detail_is_found(tamper: Callable[..., Verification]) -> None:
    checked = tamper([("UPDATE journal SET detail = replace(detail, ':', ': ') WHERE sequence = 3", ())])

    assert [problem.error.id for problem in checked.problems] == ["E0402"]


@many
@given(first=st.integers(1, ENTRIES - 1), count=st.integers(1, ENTRIES))
def test_any_removal_before_the_end_is_found(tamper: Callable[..., Verification], first: int, count: int) -> None:
    assume(first + count <= ENTRIES)

    removal = ("DELETE FROM journal WHERE sequence BETWEEN ? AND ?", (first, first + count - 1))
    renumbering = ("UPDATE journal SET sequence = sequence - ? WHERE sequence >= ?", (count, first + count))

    assert tamper([removal]).problems
    assert tamper([removal, renumbering]).problems


@many
@given(st.integers(1, ENTRIES), st.integers(1, ENTRIES))
def test_any_exchange_of_two_entries_is_found(tamper: Callable[..., Verification], one: int, other: int) -> None:
    assume(one != other)

    checked = tamper(
        [
            ("UPDATE journal SET sequence = -1 WHERE sequence = ?", (one,)),
            ("UPDATE journal SET sequence = ? WHERE sequence = ?", (one, other)),
            ("UPDATE journal SET sequence = ? WHERE sequence = -1", (other,)),
        ]
    )

    assert checked.problems


@many
@given(count=st.integers(1, ENTRIES))
def test_a_cut_off_end_shows_against_an_anchor(tamper: Callable[..., Verification], count: int) -> None:
    anchor = tamper([]).head
    cut = [("DELETE FROM journal WHERE sequence > ?", (ENTRIES - count,))]

    assert tamper(cut).problems == ()
    assert [problem.error.id for problem in tamper(cut, anchor).problems] == ["E0405"]


def test_a_chain_rewritten_from_the_middle_shows_against_an_anchor(database: Database, tmp_path: Path) -> None:
    _fill(Journal(database))
    anchor = Journal(database).head()
    forged = open_database(f"sqlite:///{tmp_path}/forged.db")
    _fill(Journal(forged))

    checked = Journal(forged).verify(anchor)
    forged.close()

    assert [problem.error.id for problem in checked.problems] == ["E0406"]


def test_an_earlier_anchor_fits_a_journal_that_has_grown(database: Database) -> None:
    journal = Journal(database)
    _fill(journal, 3)
    anchor = journal.head()
    _fill(journal, 3)

    assert journal.verify(anchor).problems == ()


def _exported(database: Database) -> list[str]:
    journal = Journal(database)
    _fill(journal)
    return [f"{entry.line()}\n" for entry in journal.entries()]


def test_an_export_verifies_and_holds_the_same_entries(database: Database) -> None:
    lines = _exported(database)

    entries = list(read_export(lines))

    assert entries == list(Journal(database).entries())
    assert verify(entries).problems == ()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines of an export."""
    opened = open_database(f"sqlite:///{tmp_path_factory.mktemp('journal')}/y.db")
    lines = _exported(opened)
    opened.close()
    return lines


@many
@given(data=st.data())
def test_any_single_changed_letter_of_an_export_is_found(exported: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(exported) - 1))
    place = data.draw(st.integers(0, len(exported[number]) - 2))
    letter = data.draw(st.characters(blacklist_categories=["Cs"]))
    assume(letter != exported[number][place])
    line = exported[number][:place] + letter + exported[number][place + 1 :]

    checked = verify(read_export([*exported[:number], line, *exported[number + 1 :]]))

    assert checked.problems


@many
@given(st.permutations(range(ENTRIES)))
def test_any_other_order_of_an_export_is_found(exported: list[str], order: list[int]) -> None:
    assume(order != sorted(order))

    assert verify(read_export(exported[place] for place in order)).problems


def test_lines_that_are_no_entries_are_named(exported: list[str]) -> None:
    rubbish = ["\n", "[]\n", '{"sequence": NaN}\n', "not json\n", "[" * 10_000]

    checked = verify(read_export([*rubbish, *exported]))

    named = [problem.values["line"] for problem in checked.problems if problem.error.id == "E0407"]
    assert named == [1, 2, 3, 4, 5]


def test_an_anchor_is_read_back_from_text_or_file(tmp_path: Path) -> None:
    anchor = Anchor(12, "ab" * 32)
    file = tmp_path / "anchor"
    file.write_text(f"{anchor}\n")

    assert parse_anchor(str(anchor)) == parse_anchor(str(file)) == anchor


@pytest.mark.parametrize("given", ["", "12", "x:" + "0" * 64, "12:abc", "-1:" + "0" * 64, "²:" + "0" * 64])
def test_what_is_no_anchor_is_a_coded_error(given: str) -> None:
    with pytest.raises(JournalError) as caught:
        parse_anchor(given)

    assert caught.value.error.id == "E0409"


def test_a_journal_that_does_not_verify_raises_with_the_number_of_problems() -> None:
    entry = Entry(2, "", "", "", "", {}, "", "")

    with pytest.raises(JournalError) as caught:
        verify([entry]).require()

    assert caught.value.error.id == "E0401"
    assert caught.value.values["count"] == 3
