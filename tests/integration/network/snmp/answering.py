"""A program behind net-snmp's ``pass_persist``: answers from a file of rows ``[oid, type, value]``."""

from __future__ import annotations

import bisect
import json
import sys
from pathlib import Path


def numbers(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.strip().strip(".").split(".")))


def main(file: str) -> None:
    rows = sorted((numbers(oid), kind, value) for oid, kind, value in json.loads(Path(file).read_text()))
    oids = [row[0] for row in rows]
    while request := sys.stdin.readline().strip():
        answer = "PONG"
        if request == "set":
            sys.stdin.readline(), sys.stdin.readline()
            answer = "not-writable"
        elif request != "PING":
            oid = numbers(sys.stdin.readline())
            place = bisect.bisect_right(oids, oid) if request == "getnext" else bisect.bisect_left(oids, oid)
            is_there = place < len(oids) and (request == "getnext" or oids[place] == oid)
            answer = "\n".join(["." + ".".join(map(str, oids[place])), *rows[place][1:]]) if is_there else "NONE"
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
