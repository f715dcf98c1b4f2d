"""Reading rules: the product's own, then an estate's, which add, replace, disable and weigh them anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from yiwang.core.document import parse, read
from yiwang.core.errors import Finding, NotFoundError, Position, YiwangError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.validation import validate
from yiwang.inventory.loading.files import RULES_FOLDER
from yiwang.network.rules.rule import Rule, RuleFile, Severity

SHIPPED = Path(__file__).with_name("groups")

BAD_RULES = code(
    "E3600",
    N_("the rules have {count} error(s)"),
    N_("mend what the findings above name; `yiwang audit rules show ID` shows how a rule is written"),
)
TWICE = code("E3605", N_('the rule "{rule}" is in {other} too'), N_("give one of the two another number"))
UNKNOWN_RULE = code("E3606", N_('there is no rule "{given}"{suggestion}'), N_("`yiwang audit rules list` lists them"))


class RuleError(YiwangError):
    """Rules cannot be read; every mistake is in ``findings``."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__(BAD_RULES, count=len(findings))

    def __reduce__(self) -> tuple[type[RuleError], tuple[tuple[Finding, ...]]]:
        return (RuleError, (self.findings,))


@dataclass(frozen=True)
class RuleBook:
    """The rules in force, by id; ``sources`` tells each one's file, ``disabled`` why one is not used."""

    rules: Mapping[str, Rule]
    sources: Mapping[str, Path]
    titles: Mapping[Path, str] = field(default_factory=dict)
    disabled: Mapping[str, str] = field(default_factory=dict)

    def group(self, rule: str) -> str:
        """The group that a rule belongs to: its file's name."""
        return self.sources[rule].stem

    def chosen(self, wanted: Sequence[str]) -> RuleBook:
        """Only the rules named: ids, beginnings of ids or groups; all of them where nothing is named.

        Raises:
            NotFoundError: nothing goes by that name (E3606).
        """
        if not wanted:
            return self
        ids = {rule for each in wanted for rule in self._named(each)}
        rules = {id: rule for id, rule in self.rules.items() if id in ids}
        return RuleBook(rules, self.sources, self.titles, self.disabled)

    def _named(self, given: str) -> list[str]:
        wanted = given.upper()
        found = [rule for rule in self.rules if rule.startswith(wanted) or self.group(rule).upper() == wanted]
        if not found:
            known = {*self.rules, *map(self.group, self.rules)}
            raise NotFoundError(UNKNOWN_RULE, given=given, suggestion=suggestion(wanted, known))
        return found

    def rule(self, given: str) -> Rule:
        """One rule by its id, in any case.

        Raises:
            NotFoundError: there is no such rule (E3606).
        """
        if given.upper() not in self.rules:
            raise NotFoundError(UNKNOWN_RULE, given=given, suggestion=suggestion(given.upper(), self.rules))
        return self.rules[given.upper()]


def shipped_rules() -> RuleBook:
    """The product's own rules."""
    return _book_of(sorted(SHIPPED.glob("*.yaml")))


def rules_for(folder: Path | None) -> RuleBook:
    """The rules in force for an estate's folder; the product's own without one.

    Raises:
        RuleError: a file of rules has mistakes; nothing is left out silently.
    """
    shipped = shipped_rules()
    own = sorted((folder / RULES_FOLDER).rglob("*.yaml")) if folder else []
    return _overridden(shipped, own) if own else shipped


def _book_of(files: Iterable[Path]) -> RuleBook:
    book = RuleBook({}, {})
    return _overridden(book, list(files))


def _overridden(book: RuleBook, files: Sequence[Path]) -> RuleBook:
    findings: list[Finding] = []
    read_files = {file: read_rules(file, findings) for file in files}
    rules, sources, titles = dict(book.rules), dict(book.sources), dict(book.titles)
    disabled: dict[str, str] = dict(book.disabled)
    weights: dict[str, Severity] = {}
    own: dict[str, Path] = {}
    for file, content in ((file, content) for file, content in read_files.items() if content):
        titles[file] = str(content.title)
        for id in content.rules:
            if id in own:
                findings.append(Finding(TWICE, "error", Position(file), values={"rule": id, "other": own[id]}))
            own[id] = sources[id] = file
        rules |= content.rules
        disabled |= content.disable
        weights |= content.severity
    findings += _unknown(rules, read_files)
    if findings:
        raise RuleError(tuple(findings))
    weighed = {
        id: rule.model_copy(update={"severity": weights[id]}) if id in weights else rule
        for id, rule in sorted(rules.items())
        if id not in disabled
    }
    return RuleBook(weighed, sources, titles, disabled)


def _unknown(rules: Mapping[str, Rule], files: Mapping[Path, RuleFile | None]) -> list[Finding]:
    return [
        Finding(UNKNOWN_RULE, "error", Position(file), values={"given": id, "suggestion": suggestion(id, rules)})
        for file, content in files.items()
        if content
        for id in (*content.disable, *content.severity)
        if id not in rules
    ]


def read_rules(file: Path, findings: list[Finding]) -> RuleFile | None:
    """One file of rules; what is wrong in it is added to ``findings``."""
    content, problems = read(file)
    findings += problems
    if problems:
        return None
    known = _read_before(content, file)
    findings += known[1]
    return known[0]


@cache
def _read_before(content: bytes, file: Path) -> tuple[RuleFile | None, tuple[Finding, ...]]:
    document, problems = parse(content, file)
    if problems:
        return None, problems
    return validate(RuleFile, document.data, lambda path, of_key: document.position(path, of_key=of_key))
