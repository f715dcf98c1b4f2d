"""From answers to facts, without a device."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yiwang.core.vault.secret import Secret
from yiwang.network.snmp.credential import master_key
from yiwang.network.snmp.facts import interface, neighbour, part, system
from yiwang.network.snmp.facts.text import text
from yiwang.network.snmp.session import Table

NOW = datetime(2026, 11, 22, 2, 0, 0, tzinfo=UTC)

values = some.one_of(some.integers(-(2**63), 2**64), some.binary(max_size=40), some.sampled_from(["0.0", "10.1.2.3"]))
indexes = some.lists(some.integers(0, 300), min_size=1, max_size=4).map(lambda each: ".".join(map(str, each)))


def tables(columns: tuple[str, ...]) -> some.SearchStrategy[Table]:
    return some.dictionaries(some.sampled_from(columns), some.dictionaries(indexes, values, max_size=4))


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        ("郑州核心".encode(), "郑州核心"),
        ("郑州核心".encode("gb18030"), "郑州核心"),
        (b"core-1\0\0", "core-1"),
        (b"\xff\xfe", "ÿþ"),
        (None, ""),
        ("1.3.6.1", "1.3.6.1"),
    ],
)
def test_text_is_read_as_it_was_meant(octets: bytes | str | None, shown: str) -> None:
    assert text(octets) == shown


@given(some.binary())
def test_every_octet_string_is_some_text(octets: bytes) -> None:
    assert bool(text(octets)) == bool(octets.rstrip(b"\0").strip())


def test_a_clock_with_its_zone_shows_how_far_it_is_off() -> None:
    told = system.clock(bytes.fromhex("07ea0b160a003c05") + b"+\x08\x00", NOW)

    assert told
    assert told.time.isoformat() == "2026-11-22T10:00:59.500000+08:00"
    assert told.skew_seconds == 59.5


@given(some.binary(max_size=12))
def test_any_octets_are_a_clock_or_none(octets: bytes) -> None:
    told = system.clock(octets, NOW)

    assert told is None or told.time.year > 0


@given(tables((*interface.COLUMNS, *interface.COUNTERS, *interface.NARROW_COUNTERS)))
def test_any_table_is_interfaces_in_the_order_of_their_index(table: Table) -> None:
    found = interface.interfaces(table)

    assert [each.index for each in found] == sorted({each.index for each in found})


@given(tables((*neighbour.REMOTE_COLUMNS, *neighbour.LOCAL_COLUMNS)))
def test_any_table_is_neighbours(table: Table) -> None:
    rows = table.get(neighbour.CHASSIS, {}).keys() | table.get(neighbour.PORT, {}).keys()

    found = neighbour.neighbours(table)

    assert len(found) == sum(index.count(".") == 2 for index in rows)


@given(tables(part.COLUMNS))
def test_any_table_is_parts(table: Table) -> None:
    assert len(part.parts(table)) == len({index for cells in table.values() for index in cells if "." not in index})


def test_a_neighbours_chassis_is_read_by_its_kind() -> None:
    def chassis(kind: int, octets: bytes) -> str:
        cells: Table = {neighbour.CHASSIS_KIND: {"0.1.1": kind}, neighbour.CHASSIS: {"0.1.1": octets}}
        return neighbour.neighbours(cells)[0].chassis

    shown = [chassis(4, b"\0\x1bD\xaa\xbb\xcc"), chassis(5, b"\1\x0a\1\2\3"), chassis(7, b"r2"), chassis(5, b"\2\0")]

    assert shown == ["00:1b:44:aa:bb:cc", "10.1.2.3", "r2", "\2"]


def test_a_master_key_is_the_standards() -> None:
    # RFC 3414 A.3.2: the SHA-1 key of "maplesyrup".
    assert master_key("sha1", Secret("maplesyrup")).hex() == "9fb5cc0381497b3793528939ff788d5d79145211"
