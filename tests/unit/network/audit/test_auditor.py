"""However an audit is carried out - in one process or several, judged anew or remembered - it finds the same."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from yiwang.core import i18n
from yiwang.network.audit.auditor import Auditor, Judged, Refused
from yiwang.network.audit.crew import audited
from yiwang.network.audit.memory import Memory
from yiwang.network.audit.outcome import outcome_of
from yiwang.network.audit.outputs.json import document
from yiwang.network.audit.report import Report
from yiwang.network.audit.subject import Subject, subjects_in
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import RuleBook, shipped_rules

SHARED = Path(__file__).parents[5] / "shared"
SECRET = "s3cr3tw0rd"
SWITCH = f"""version 15.2
hostname sw-%d
boot-start-marker
no aaa new-model
enable password {SECRET}
snmp-server community {SECRET} RW
interface Gi1/0/%d
 switchport mode access
line vty 0 4
 transport input telnet
"""
PLATFORMS = Platforms().all()


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return shipped_rules()


@pytest.fixture
def fleet(tmp_path: Path) -> list[Subject]:
    folder = tmp_path / "fleet"
    folder.mkdir()
    for number in range(45):
        end = "end\n" if number % 3 else ""
        (folder / f"sw-{number:02}.cfg").write_text(SWITCH % (number, number) + end, encoding="utf-8")
    (folder / "notes.txt").write_text("nothing of a device", encoding="utf-8")
    return subjects_in(folder)


def told(book: RuleBook, results: Sequence[Report | Refused]) -> dict[str, object]:
    return {key: value for key, value in document(outcome_of(book, results)).items() if key != "time"}


def memory(tmp_path: Path, book: RuleBook) -> Memory:
    return Memory(tmp_path / "memory" / "verdicts.db", book, PLATFORMS)


def judged_anew(auditor: Auditor, subjects: Sequence[Subject]) -> int:
    found = [auditor.one(each) for each in subjects]
    return sum(isinstance(each, Judged) and each.report is not None for each in found)


def test_several_processes_find_what_one_finds_in_the_same_order(book: RuleBook, fleet: list[Subject]) -> None:
    alone = list(Auditor(book, PLATFORMS).audit(fleet))

    together = list(audited(Auditor(book, PLATFORMS), fleet, processes=2))

    assert told(book, together) == told(book, alone)
    assert [each.device for each in together] == [each.device for each in fleet]


class Dying(Auditor):
    """An auditor whose other processes are killed."""

    parent = os.getpid()

    def one(self, subject: Subject) -> Judged | Refused:
        if os.getpid() != self.parent and subject.device == "sw-30":
            os._exit(9)
        return super().one(subject)


def test_what_a_killed_process_leaves_undone_is_done(book: RuleBook, fleet: list[Subject]) -> None:
    alone = list(Auditor(book, PLATFORMS).audit(fleet))

    together = list(audited(Dying(book, PLATFORMS), fleet, processes=2))

    assert told(book, together) == told(book, alone)


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_remembered_is_what_would_be_found(
    book: RuleBook, fleet: list[Subject], tmp_path: Path, processes: int
) -> None:
    alone = list(Auditor(book, PLATFORMS).audit(fleet))
    first = list(audited(Auditor(book, PLATFORMS, memory(tmp_path, book)), fleet, processes=processes))

    auditor = Auditor(book, PLATFORMS, memory(tmp_path, book))
    second = list(audited(auditor, fleet, processes=processes))

    assert told(book, first) == told(book, second) == told(book, alone)
    assert judged_anew(auditor, fleet) == 0


def test_only_what_changed_is_judged_anew(book: RuleBook, fleet: list[Subject], tmp_path: Path) -> None:
    list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(fleet))
    fleet[3].file.write_text(SWITCH % (3, 4), encoding="utf-8")

    anew = judged_anew(Auditor(book, PLATFORMS, memory(tmp_path, book)), fleet)

    assert anew == 1


def test_another_rule_or_another_language_voids_what_is_remembered(
    book: RuleBook, fleet: list[Subject], tmp_path: Path
) -> None:
    list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(fleet))
    id, rule = next((id, rule) for id, rule in book.rules.items() if rule.check_for("cisco_ios"))
    check = rule.checks[0].model_copy(update={"require": rule.checks[0].require[:0]})
    changed = RuleBook({**book.rules, id: rule.model_copy(update={"checks": (check, *rule.checks[1:])})}, book.sources)

    of_changed = judged_anew(Auditor(changed, PLATFORMS, memory(tmp_path, changed)), fleet[1:4])
    i18n.use("zh_CN" if i18n.language() == "en" else "en")
    in_another = judged_anew(Auditor(book, PLATFORMS, memory(tmp_path, book)), fleet[1:4])
    i18n.use(None)

    assert (of_changed, in_another) == (3, 3)


def test_a_version_that_was_told_is_part_of_what_is_remembered(
    book: RuleBook, fleet: list[Subject], tmp_path: Path
) -> None:
    list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(fleet[1:2]))
    told_otherwise = Subject(fleet[1].device, fleet[1].file, "cisco_ios", "12.4")

    assert judged_anew(Auditor(book, PLATFORMS, memory(tmp_path, book)), [told_otherwise]) == 1


def test_a_damaged_memory_is_not_used(book: RuleBook, fleet: list[Subject], tmp_path: Path) -> None:
    alone = list(Auditor(book, PLATFORMS).audit(fleet))
    kept = memory(tmp_path, book)
    list(Auditor(book, PLATFORMS, kept).audit(fleet))
    key = kept.key(fleet[1].file.read_bytes(), fleet[1])
    kept.put([(key, ("cisco_ios", b"nonsense"))])
    row_damaged = list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(fleet))
    kept.close()
    kept.file.write_bytes(b"not a database at all" * 400)

    file_damaged = list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(fleet))

    assert told(book, row_damaged) == told(book, file_damaged) == told(book, alone)


def test_nothing_that_is_remembered_holds_a_secret(book: RuleBook, fleet: list[Subject], tmp_path: Path) -> None:
    kept = memory(tmp_path, book)
    judged = Auditor(book, PLATFORMS, kept).one(fleet[1])
    assert isinstance(judged, Judged)
    assert judged.report

    shown = repr(judged.report.faults)

    assert "enable password ***" in shown
    assert SECRET not in shown


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="the corpus is not beside the project")
def test_the_corpus_is_remembered_as_it_is_judged(book: RuleBook, tmp_path: Path) -> None:
    corpus = [each for each in subjects_in(SHARED / "corpus") if each.file.suffix == ".cfg"]
    alone = list(Auditor(book, PLATFORMS).audit(corpus))
    list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(corpus))

    again = list(Auditor(book, PLATFORMS, memory(tmp_path, book)).audit(corpus))

    assert told(book, again) == told(book, alone)
