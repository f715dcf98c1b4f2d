"""What severities and verdicts are called."""

from __future__ import annotations

from yiwang.core.i18n import N_

SEVERITY_WORDS = {
    "critical": N_("critical"),
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
    "info": N_("info"),
}
VERDICT_WORDS = {"pass": N_("pass"), "fail": N_("fail"), "cannot_tell": N_("cannot tell")}
