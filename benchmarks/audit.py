"""The audit engine beside rule libraries and beside the limits of the machine, on the same configurations in one run.

Then whole files, with the platform told from each, remembered verdicts and several processes; and the memory
that a large audit takes.  A fleet of made-up configurations of about 22 KB, and 30 rules of the product for
``cisco_ios``.  The peers get the same work in their own way: parse, then for each rule the searches that the
rule amounts to.  Figures are CPU seconds of one process unless said otherwise.  The peers are no dependencies
of the product: they are installed once, into folders of their own.  Reproduce with ``scripts/bench audit``.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import show
from yiwang.network.audit.auditor import Auditor
from yiwang.network.audit.crew import audited
from yiwang.network.audit.engine import Engine
from yiwang.network.audit.memory import Memory
from yiwang.network.audit.outcome import outcome_of
from yiwang.network.audit.program import compiled
from yiwang.network.audit.subject import Subject, subjects_in
from yiwang.network.configuration.table import grammar_of
from yiwang.network.fleet.fleet import Fleet, Surroundings
from yiwang.network.fleet.judging import ALONE, Views
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.platforms.detection import Detection
from yiwang.network.rules.load import RuleBook, shipped_rules
from yiwang.network.rules.requirement import Requirement

PEERS = {"hier_config": ("3.7.1", 20), "ciscoconfparse2": ("0.9.18", 70)}
"""Each peer's version and by how much we mean to be faster."""
PEER_FOLDER = Path(__file__).parent / ".peers"
PEER_FLEET = 8
PLATFORM = "cisco_ios"
RULES = 30
FLEET = 1000
"""Configurations that ours judges; the peers get fewer, for the sake of time."""
FILES = 400
LARGE = 10_000
GOAL_MIB = 300


def main() -> None:
    """Print the table."""
    fleet = [configuration(number) for number in range(FLEET)]
    size = sum(map(len, fleet)) / len(fleet)
    book = shipped_rules()
    thirty = RuleBook(dict(list(_for_platform(book))[:RULES]), book.sources)
    all_rules = RuleBook(dict(_for_platform(book)), book.sources)
    ours, findings = _ours(thirty, fleet)
    rows: list[tuple[object, ...]] = [("yiwang, 30 rules, all findings", ours, 1.0, "≥ 1,000", findings)]
    whole, found = _ours(all_rules, fleet)
    rows.append((f"yiwang, all {len(all_rules.rules)} rules for {PLATFORM}", whole, ours / whole, "≥ 500", found))
    compared, found = _compared(fleet)
    rows.append((f"yiwang, facts of each device and {len(ALONE)} fleet rules", compared, ours / compared, "", found))
    hashed = _rate(lambda text: hashlib.blake2b(text.encode()).digest(), fleet)
    rows.append(("BLAKE2b: an unchanged configuration", hashed, ours / hashed, "", ""))
    searches = _searches(thirty)
    scanned = _rate(lambda text: [search(text) for _section, search in searches], fleet[:100])
    rows.append((f"{len(searches)} × re.MULTILINE, no tree", scanned, ours / scanned, "", ""))
    rows += _peers(ours)
    title = f"Audit of {FLEET} configurations of {size / 1000:.0f} KB, one core"
    show(title, ("engine", "configs/CPU s", "ours is × as fast", "goal", "findings"), rows)
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(fleet[:FILES]):
            Path(folder, f"sw-{number}.cfg").write_text(text, encoding="utf-8")
        rows = list(_from_files(Path(folder), all_rules))
    show(f"Audit of {FILES} files by {len(all_rules.rules)} rules", ("way", "files/CPU s", "files/s", "goal"), rows)
    peak = subprocess.run([sys.executable, __file__, "memory"], check=True, stdout=subprocess.PIPE, text=True).stdout
    show(
        "Memory of a whole audit, groups of findings among it",
        ("configurations", "MiB", "goal", "findings"),
        [
            (LARGE, *peak.split()),
        ],
    )


def _ours(book: RuleBook, fleet: Sequence[str]) -> tuple[float, int]:
    engine = Engine(compiled(book, PLATFORM), grammar_of(Platforms().find(PLATFORM)))
    found = 0
    began = time.process_time()
    for number, text in enumerate(fleet):
        found += len(engine.audit(f"sw-{number}", text).findings)
    return len(fleet) / (time.process_time() - began), found


def _compared(fleet: Sequence[str]) -> tuple[float, int]:
    """Reading the facts of all devices and laying them side by side."""
    views = Views(Platforms().all())
    began = time.process_time()
    read = {f"sw-{number}": views.view(f"sw-{number}", PLATFORM, text) for number, text in enumerate(fleet)}
    beside = Fleet(read, Surroundings(date.today()))  # noqa: DTZ011 - a calendar day
    found = sum(1 for compare in ALONE.values() for _difference in compare(beside))
    return len(fleet) / (time.process_time() - began), found


def _from_files(folder: Path, book: RuleBook) -> Iterator[tuple[object, ...]]:
    subjects = subjects_in(folder)
    platforms = Platforms().all()
    detection = Detection(platforms)
    texts = [each.file.read_text("utf-8") for each in subjects]
    yield "platform told from the text", *_rates(lambda: [detection.by_text(each) for each in texts]), "≥ 1,000"
    yield "read, platform told, judged", *_rates(lambda: list(Auditor(book, platforms).audit(subjects))), ""
    with tempfile.TemporaryDirectory() as other:
        auditor = Auditor(book, platforms, Memory(Path(other, "verdicts.db"), book, platforms))
        yield "the same, and remembered", *_rates(lambda: list(auditor.audit(subjects))), ""
        yield "unchanged, as remembered", *_rates(lambda: list(auditor.audit(subjects))), ""
        yield "unchanged, looked up only", *_rates(lambda: [auditor.one(each) for each in subjects]), ""
    count = len(os.sched_getaffinity(0))
    spread = _rates(lambda: list(audited(Auditor(book, platforms), subjects, processes=count)))
    yield f"judged by {count} processes", *spread, ""


def _rates(work: Callable[[], object]) -> tuple[float, float]:
    """Files a second of all processes' CPU time, and a second of the clock."""
    began, at = _cpu(), time.perf_counter()
    work()
    return FILES / (_cpu() - began), FILES / (time.perf_counter() - at)


def _cpu() -> float:
    whole = os.times()
    return whole.user + whole.system + whole.children_user + whole.children_system


def memory() -> None:
    """Print the peak of a large audit in MiB, the goal, and how many findings it has; for a process of its own."""
    platforms = Platforms().all()
    book = shipped_rules()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "configuration")

        def subjects() -> Iterator[Subject]:
            for number in range(LARGE):
                file.write_text(configuration(number), encoding="utf-8")
                yield Subject(f"sw-{number}", file)

        outcome = outcome_of(book, Auditor(book, platforms).audit(subjects()))
    found = sum(group.count for group in outcome.groups)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:.0f} ≤{GOAL_MIB} {found}")


def _for_platform(book: RuleBook) -> Iterator[tuple[str, Any]]:
    """The rules on single configurations; the peers compare no devices."""
    for id, rule in book.rules.items():
        check = rule.check_for(PLATFORM)
        if check and not any(each.fleet for each in check.require):
            yield id, rule


def _requirements(book: RuleBook) -> Iterator[Requirement]:
    for rule in book.rules.values():
        check = rule.check_for(PLATFORM)
        yield from check.require if check else ()


def _searches(book: RuleBook) -> list[tuple[str | None, Callable[[str], Any]]]:
    return [
        (each.section, re.compile(rf"^ *(?:{expression.removeprefix('^')})", re.MULTILINE | re.IGNORECASE).findall)
        for each in _requirements(book)
        for expression in (*each.must, *each.must_not)
    ]


def _rate(work: Callable[[str], object], fleet: Sequence[str]) -> float:
    began = time.process_time()
    for text in fleet:
        work(text)
    return len(fleet) / (time.process_time() - began)


def _peers(ours: float) -> Iterator[tuple[object, ...]]:
    for name, (version, goal) in PEERS.items():
        folder = PEER_FOLDER / f"{name}-{version}"
        if not folder.is_dir():
            # Each in a folder of its own: they cannot be installed together.
            wanted = ["--target", str(folder), f"{name}=={version}"]
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wanted], check=True)
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        answer = subprocess.run([sys.executable, __file__, name], env=environment, check=True, stdout=subprocess.PIPE)
        rate = float(answer.stdout.split()[-1])
        yield f"{name} {version}: parse + {RULES} rules", rate, ours / rate, f"≥ {goal} ×", ""


def peer(name: str) -> None:
    """Print the rate of one peer; for a process that has it on its path."""
    book = shipped_rules()
    thirty = RuleBook(dict(list(_for_platform(book))[:RULES]), book.sources)
    wanted = [(each.section, (*each.must, *each.must_not)) for each in _requirements(thirty)]
    parse = {"hier_config": _hier_config, "ciscoconfparse2": _ciscoconfparse}[name]
    print(_rate(lambda text: parse(text, wanted), [configuration(number) for number in range(PEER_FLEET)]))


Wanted = Sequence[tuple[str | None, Sequence[str]]]


def _hier_config(text: str, wanted: Wanted) -> int:
    from hier_config import Platform, get_hconfig

    tree = get_hconfig(Platform.CISCO_IOS, text)
    found = 0
    for section, expressions in wanted:
        parents = list(tree.get_children(re_search=section)) if section else [tree]
        for parent in parents:
            for expression in expressions:
                search = re.compile(expression, re.IGNORECASE).search
                found += sum(1 for child in parent.all_children() if search(child.text))
    return found


def _ciscoconfparse(text: str, wanted: Wanted) -> int:
    from ciscoconfparse2 import CiscoConfParse

    tree = CiscoConfParse(text.splitlines(), syntax="ios", ignore_blank_lines=False)
    found = 0
    for section, expressions in wanted:
        for expression in expressions:
            below = rf"^\s*(?:{expression.removeprefix('^')})"
            if section:
                found += len(tree.find_child_objects([section, below]))
            else:
                found += len(tree.find_objects(below))
    return found


def configuration(number: int) -> str:
    """A switch of a fleet: most lines are every device's, addresses, names and descriptions its own."""
    own = random.Random(number)
    lines = [
        "version 15.2", "service timestamps log datetime msec", "service password-encryption", f"hostname sw-{number}",
        "enable secret 5 $1$abcd$efgh", "no ip http server", "ip ssh version 2", "ip domain-name example",
        f"username ops privilege 15 secret 5 $1${number}$x", "aaa new-model",
    ]  # fmt: skip
    for port in range(1, 97):
        lines += [
            "!", f"interface GigabitEthernet{1 + port // 49}/0/{port % 49}", f" description room {own.randrange(900)}",
            f" switchport access vlan {10 + port % 7}", " switchport mode access", " spanning-tree portfast",
            " storm-control broadcast level 5.00", " no cdp enable",
        ]  # fmt: skip
        lines += [" shutdown"] if own.random() < 0.2 else []
    for vlan in range(10, 26):
        lines += ["!", f"interface Vlan{vlan}", f" ip address 10.{number % 250}.{vlan}.1 255.255.255.0"]
        lines += [" no ip redirects", " no ip proxy-arp"] if own.random() < 0.8 else []
    for name in ("EDGE", "SERVERS"):
        lines += ["!", f"ip access-list extended {name}"]
        lines += [
            f" permit tcp 10.{number % 250}.{each}.0 0.0.0.255 host 10.0.0.{own.randrange(250)}" for each in range(40)
        ]
        lines += [" deny   ip any any log"]
    lines += ["!", "snmp-server community public RO", "logging host 10.0.0.9", "ntp server 10.0.0.8", "line con 0",
              " exec-timeout 0 0", "line vty 0 4", " exec-timeout 10 0", " transport input ssh", "line vty 5 15",
              " transport input telnet ssh", "!", "end"]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    given = sys.argv[1:]
    memory() if given == ["memory"] else peer(given[0]) if given else main()
