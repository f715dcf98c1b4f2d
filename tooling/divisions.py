"""Packs the table of administrative divisions that the wheel carries.

The table is the National Bureau of Statistics' (统计用区划代码和城乡划分代码, 2023), as CSV with the
columns code, name, level, parent; codes have 2, 4, 6 or 9 digits.  Packing makes the codes
canonical (410000, 410600, 410621, 410621001) and leaves out what is no government of its own.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections import Counter
from pathlib import Path

ARCHIVE = Path(__file__).resolve().parent.parent / "yiwang" / "inventory" / "standard" / "divisions.zip"
NO_GOVERNMENT = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
# The archive must be the same, byte for byte, whenever it is packed.
MADE = (2023, 12, 31, 0, 0, 0)

Row = tuple[str, str]


def pack_divisions(source: Path, archive: Path = ARCHIVE) -> Path:
    """Write the archive: ``index`` with all above township, and a member for each province's townships."""
    rows = _read(source)
    upper, townships = _canonical(rows)
    counts = Counter(code[:6] for code, _name in townships)
    members = {"index": "".join(f"{code}\t{name}\t{counts[code]}\n" for code, name in upper)}
    for code, name in townships:
        members[code[:2]] = members.get(code[:2], "") + f"{code}\t{name}\n"
    with zipfile.ZipFile(archive, "w") as packed:
        for member, text in sorted(members.items()):
            about = zipfile.ZipInfo(member, MADE)
            about.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(about, text.encode(), compresslevel=9)
    return archive


def _read(source: Path) -> list[Row]:
    with gzip.open(source, "rb") if source.suffix == ".gz" else source.open("rb") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        return [(row["code"], row["name"]) for row in csv.DictReader(text)]


def _canonical(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    upper: dict[str, str] = {}
    townships = []
    for code, name in sorted(rows):
        if len(code) == 9:
            townships.append((code, name))
        elif len(code) != 4 or name not in NO_GOVERNMENT:
            # Dongguan, Zhongshan and Danzhou are a city and its only county at once: 4419 and 441900 are one.
            upper.setdefault(code.ljust(6, "0"), name)
    return sorted(upper.items()), townships
