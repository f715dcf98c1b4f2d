"""Identifiers that have a form and no check digit."""

from __future__ import annotations

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.core.i18n import N_

PHONE = Identifier(
    "phone",
    N_("telephone number"),
    "",
    r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[1-9][0-9]{6,7}(?:-[0-9]{1,6})?|[1-9][0-9]{4,7}",
    "13800138000",
)
PROJECT = Identifier(
    "project-code",
    N_("investment project's code"),
    "",
    # Year, division, industry, kind of procedure, sequence.
    "(?:19|20)[0-9]{2}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}",
    "2017-410600-48-01-000123",
)
