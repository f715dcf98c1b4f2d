"""The assessment sheet (测评表): control points, clauses, results, evidence and advice, as assessors use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from yiwang.core.i18n import N_, _
from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.outputs.clauses import control_point
from yiwang.network.audit.outputs.rows import rows
from yiwang.network.audit.report import Report
from yiwang.network.audit.words import SEVERITY_WORDS, VERDICT_WORDS
from yiwang.network.rules.rule import SEVERITIES

LONGEST_CELL = 32_000
"""Characters that a cell of Excel can hold, nearly."""
LAST_ROW = 1_048_575

_ASSESSMENT = (
    (N_("device"), 22),
    (N_("control point"), 22),
    (N_("clause (level 3)"), 16),
    (N_("clause (level 2)"), 16),
    (N_("rule"), 11),
    (N_("item"), 36),
    (N_("severity"), 9),
    (N_("result"), 11),
    (N_("evidence"), 60),
    (N_("advice on mending"), 50),
    (N_("verified"), 9),
)
_FINDINGS = (
    ("device", N_("device"), 22),
    ("rule", N_("rule"), 11),
    ("severity", N_("severity"), 9),
    ("verdict", N_("result"), 11),
    ("title", N_("item"), 36),
    ("line", N_("line"), 7),
    ("section", N_("section"), 30),
    ("observed", N_("observed"), 50),
    ("expected", N_("expected"), 50),
    ("missing", N_("what is missing to tell"), 30),
    ("fingerprint", N_("fingerprint"), 18),
)


def written(outcome: Outcome) -> bytes:
    """One workbook: summary, assessment, findings."""
    stream = BytesIO()
    with workbook(stream, _("Network security assessment")) as book:
        _summary(book, outcome)
        sheet(book, _("assessment"), _ASSESSMENT, _assessment(outcome))
        heads = tuple((heading, width) for _key, heading, width in _FINDINGS)
        sheet(book, _("findings"), heads, _findings(outcome))
    return stream.getvalue()


def workbook(stream: BytesIO, title: str) -> Any:
    """A new workbook; nothing that a device says in it becomes a formula or a link."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": title})
    return book


def _summary(book: Any, outcome: Outcome) -> None:
    sheet = book.add_worksheet(_("summary"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3, 16)
    head = _head(book)
    sheet.write_string(0, 0, _("Network security assessment"), book.add_format({"bold": True, "font_size": 14}))
    facts: list[tuple[str, Any]] = [
        (_("time"), f"{outcome.time.astimezone():%Y-%m-%d %H:%M}"),
        (_("devices audited"), len(outcome.reports)),
        (_("configurations not audited"), len(outcome.refused)),
        (_("rules"), len(outcome.book.rules)),
        (_("rules not yet verified"), sum(not rule.verified for rule in outcome.book.rules.values())),
        *((_(word), outcome.verdicts.get(verdict, 0)) for verdict, word in VERDICT_WORDS.items()),
    ]
    for number, (name, value) in enumerate(facts, 2):
        sheet.write_row(number, 0, [name, value])
    top = len(facts) + 3
    sheet.write_row(top, 0, [_("severity"), _("findings")], head)
    for number, severity in enumerate(SEVERITIES, top + 1):
        sheet.write_row(number, 0, [_(SEVERITY_WORDS[severity]), outcome.severities.get(severity, 0)])
    chart = book.add_chart({"type": "bar"})
    last = top + len(SEVERITIES)
    series = {"categories": [sheet.name, top + 1, 0, last, 0], "values": [sheet.name, top + 1, 1, last, 1]}
    chart.add_series({"name": _("findings"), **series})
    sheet.insert_chart(top, 3, chart)
    for number, refused in enumerate(outcome.refused[:1000], last + 3):
        sheet.write_row(number, 0, [refused.device, refused.reason])


def _assessment(outcome: Outcome) -> Iterator[list[Any]]:
    for report in outcome.reports:
        for id, verdict in report.verdicts.items():
            yield _assessed(outcome, report, id, verdict)


def _assessed(outcome: Outcome, report: Report, id: str, verdict: str) -> list[Any]:
    rule = outcome.book.rules[id]
    found = [each for each in report.findings if each.rule == id]
    evidence = "\n".join(
        f"{each.line or '–'}: {each.observed}" + (f" ({each.missing})" if each.missing else "") for each in found
    )
    return [
        report.device,
        control_point(rule.clauses.level_3 or rule.clauses.level_2),
        "\n".join(rule.clauses.level_3),
        "\n".join(rule.clauses.level_2),
        id,
        str(rule.title),
        _(SEVERITY_WORDS[rule.severity]),
        _(VERDICT_WORDS[verdict]),
        evidence,
        found[0].expected if found else "",
        _("yes") if rule.verified else _("no"),
    ]


def _findings(outcome: Outcome) -> Iterator[list[Any]]:
    for row in rows(outcome):
        row["severity"] = _(SEVERITY_WORDS[row["severity"]])
        row["verdict"] = _(VERDICT_WORDS[row["verdict"]])
        yield [row[key] for key, _heading, _width in _FINDINGS]


def sheet(book: Any, title: str, columns: Sequence[tuple[str, int]], lines: Iterable[list[Any]]) -> None:
    """Add a sheet; ``columns`` are message ids of the headings and their widths in characters."""
    page = book.add_worksheet(title)
    text = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    page.write_row(0, 0, [_(heading) for heading, _width in columns], _head(book))
    for index, (_heading, width) in enumerate(columns):
        page.set_column(index, index, width)
    number = 0
    for number, line in enumerate(lines, 1):
        if number > LAST_ROW:
            break
        for index, value in enumerate(line):
            page.write(number, index, value[:LONGEST_CELL] if isinstance(value, str) else value, text)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, min(number, LAST_ROW), len(columns) - 1)


def _head(book: Any) -> Any:
    return book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "valign": "vcenter", "text_wrap": True})
