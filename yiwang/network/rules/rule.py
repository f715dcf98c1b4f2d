"""A rule: why it counts, which clauses ask for it, and how each platform is checked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.network.rules.requirement import Requirement
from yiwang.network.rules.words import Words

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""The worst first."""

RULE_ID = r"^[A-Z][A-Z0-9]{1,11}-\d{3}$"
CLAUSE = r"^\d+(\.\d+){2,4}( [a-z])?$"
RuleId = Annotated[str, Field(pattern=RULE_ID)]
Clause = Annotated[str, Field(pattern=CLAUSE)]


class Clauses(Declared):
    """Clauses of GB/T 22239-2019: level 2 is its chapter 7, level 3 its chapter 8."""

    level_2: tuple[Clause, ...] = Field((), description=N_("such as 7.1.4.1 c"))
    level_3: tuple[Clause, ...] = Field((), description=N_("such as 8.1.4.1 c"))


class Check(Declared):
    """A rule on one platform or on several that are configured alike."""

    platforms: tuple[str, ...] = Field(min_length=1, description=N_("platforms that it is for"))
    require: tuple[Requirement, ...] = Field(min_length=1, description=N_("what must hold; all of it"))
    fix: str = Field(min_length=1, description=N_("lines that put it right; <…> is to be filled in"))
    rollback: str = Field("", description=N_("lines that take the fix back"))
    cuts_session: Flag = Field(False, description=N_("true: the fix may cut off the session that enters it"))
    verified: Flag | None = Field(None, description=N_("whether it was seen to hold on a device; default: the rule's"))
    remark: Words | None = Field(None, description=N_("what to know about this platform"))
    passes: tuple[str, ...] = Field(min_length=1, description=N_("configurations that pass"))
    fails: tuple[str, ...] = Field(min_length=1, description=N_("configurations that fail"))
    unclear: tuple[str, ...] = Field((), description=N_("configurations of which one cannot tell"))


class Rule(Declared):
    """What every device must show, and why."""

    title: Words = Field(description=N_("what must be so, in few words"))
    rationale: Words = Field(description=N_("why it counts, in one sentence"))
    severity: Severity = Field(description=N_("critical, high, medium, low or info"))
    clauses: Clauses = Field(Clauses(), description=N_("clauses of GB/T 22239-2019"))
    cis: str = Field("", description=N_("number of the CIS benchmark"))
    verified: Flag = Field(False, description=N_("whether clauses and commands were confirmed"))
    checks: tuple[Check, ...] = Field(min_length=1, description=N_("how each platform is checked"))

    def check_for(self, platform: str) -> Check | None:
        """The check for a platform; None where the rule does not apply."""
        return next((check for check in self.checks if platform in check.platforms), None)


class RuleFile(Declared):
    """One file of rules."""

    title: Words = Field(description=N_("what the rules of this file are about"))
    rules: dict[RuleId, Rule] = Field(default_factory=dict, description=N_("rules by their id"))
    disable: dict[RuleId, str] = Field(default_factory=dict, description=N_("rules that are not used here, and why"))
    severity: dict[RuleId, Severity] = Field(
        default_factory=dict, description=N_("rules that count more, or less, here")
    )
