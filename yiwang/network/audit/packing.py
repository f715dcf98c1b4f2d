"""Reports as bytes: to remember them, and to hand them from one process to another."""

from __future__ import annotations

import zlib
from array import array

import msgspec

from yiwang.network.audit.engine import Engine
from yiwang.network.audit.report import Report
from yiwang.network.configuration.coverage import Coverage

FASTEST = 1


class _Packed(msgspec.Struct, array_like=True):
    """A report without its device and file; a fault names its demand by its number in the program."""

    faults: list[tuple[int, bool, str, tuple[str, ...], str, str]]
    lines: list[int]
    bits: tuple[bytes, bytes, bytes]
    coverage: tuple[int, tuple[int, ...]]
    is_whole: bool
    version: str | None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Packed)


def packed(report: Report) -> bytes:
    """What a report says, without whose it is."""
    numbers = report.program.numbers
    faults = [
        (numbers[each.demand], each.verdict == "fail", each.evidence, each.section, each.absent, each.missing)
        for each in report.faults
    ]
    bits = (_bytes(report.applied), _bytes(report.failed), _bytes(report.unclear))
    coverage = (report.coverage.lines, report.coverage.stray)
    content = _Packed(faults, report.lines.tolist(), bits, coverage, report.is_whole, report.version)
    return zlib.compress(_encoder.encode(content), FASTEST)


def unpacked(engine: Engine, device: str, content: bytes, source: str) -> Report:
    """The report of a device from what :func:`packed` made by the same rules.

    Raises:
        ValueError: it did not; nothing in it is used.
    """
    try:
        found = _decoder.decode(zlib.decompress(content))
        demands = engine.program.demands
        faults = tuple(
            engine.fault(demands[number], "fail" if is_fail else "cannot_tell", *shown)
            for number, is_fail, *shown in found.faults
        )
    except (zlib.error, msgspec.MsgspecError, IndexError) as error:
        raise ValueError(str(error)) from error
    applied, failed, unclear = (int.from_bytes(each, "little") for each in found.bits)
    return Report(
        device,
        engine.program,
        faults,
        array("I", found.lines),
        applied,
        failed,
        unclear,
        Coverage(*found.coverage),
        found.is_whole,
        found.version,
        source,
    )


def _bytes(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
