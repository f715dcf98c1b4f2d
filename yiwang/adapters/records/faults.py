"""Why records cannot be found, read or judged; without Polars, so that `yiwang explain` stays quick."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_

UNKNOWN_RECORD = code(
    "E4001", N_('there is no record "{given}"{suggestion}'), N_("`yiwang records list` shows all of them")
)
BAD_RECORD = code(
    "E4002",
    N_("the declaration {file} cannot be used: {details}"),
    N_("mend what is named; the other declarations show how they are written"),
)
UNKNOWN_COLUMN = code(
    "E4003",
    N_('record "{record}" has no field "{given}"{suggestion}'),
    N_("remove the column or give it the field's name; `yiwang records show {record}` lists them"),
)
WRONG_TYPE = code(
    "E4004",
    N_('the column "{field}" holds {given}, which cannot be read as {wanted}'),
    N_("give it as text in the canonical form, or with the field's own type"),
)
UNKNOWN_SUFFIX = code(
    "E4005", N_("{file} is neither .csv nor .jsonl"), N_("give the file one of these endings, or convert it")
)
UNREADABLE = code(
    "E4006",
    N_("{file} cannot be read as records: {reason}"),
    N_("it must be UTF-8; CSV with a line of field names, JSON lines with one object a line"),
)
UNKNOWN_TABLE = code(
    "E4007", N_('there is no table of codes "{given}"{suggestion}'), N_("`yiwang records codes` shows all of them")
)
NESTED = code(
    "E4008",
    N_("{file}: lists or objects stand in the fields {fields}"),
    N_("records are flat: write the parts as records of their own, such as case_step beside case"),
)
UNWRITABLE = code("E4009", N_("{file} cannot be written: {reason}"), N_("check that its folder exists and is yours"))
