"""HTML: one file with everything in it, to be read in any browser and sent by mail."""

from __future__ import annotations

from importlib.resources import files

from yiwang.core.i18n import _, language
from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.outputs.clauses import control_point
from yiwang.network.audit.words import SEVERITY_WORDS, VERDICT_WORDS
from yiwang.network.rules.rule import SEVERITIES

TEMPLATE = "report.html.j2"


def written(outcome: Outcome) -> bytes:
    """The page."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files(__package__).joinpath(TEMPLATE).read_text("utf-8"))
    page = template.render(
        outcome=outcome,
        language="zh-CN" if language() == "zh_CN" else "en",
        time=f"{outcome.time.astimezone():%Y-%m-%d %H:%M}",
        severities=[(each, _(SEVERITY_WORDS[each]), outcome.severities.get(each, 0)) for each in SEVERITIES],
        severity_words={key: _(word) for key, word in SEVERITY_WORDS.items()},
        verdicts=[(key, _(word), outcome.verdicts.get(key, 0)) for key, word in VERDICT_WORDS.items()],
        unverified=sum(not rule.verified for rule in outcome.book.rules.values()),
        control_point=control_point,
        words=_words(),
    )
    return page.encode("utf-8", "replace")


def _words() -> dict[str, str]:
    return {
        "title": _("Network security audit"),
        "devices": _("devices audited"),
        "refused": _("configurations not audited"),
        "rules": _("rules"),
        "unverified": _("rules not yet verified"),
        "findings": _("findings"),
        "filter": _("show only what contains"),
        "cannot_tell": _("cannot tell"),
        "waived": _("waived"),
        "missing": _("what is missing to tell"),
        "on": _("devices"),
        "why": _("why it counts"),
        "clauses": _("clauses of GB/T 22239-2019"),
        "observed": _("observed"),
        "fix": _("put it right"),
        "cuts": _("the fix may cut off the session that enters it"),
        "where": _("where"),
        "file": _("file"),
        "nothing": _("nothing to complain about"),
        "disabled": _("rules that are not used"),
        "platform": _("platform"),
        "device": _("device"),
        "version": _("version"),
        "coverage": _("lines understood"),
        "cut": _("cut off"),
    }
