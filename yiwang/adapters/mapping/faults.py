"""What is wrong with a mapping, at its line."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_

UNKNOWN_STEP = code("E4102", N_('there is no step "{given}"{suggestion}'), N_("known steps: {known}"))
BAD_ARGUMENT = code("E4103", N_('the step "{step}" takes {wanted}'), N_("write {wanted}"))
UNKNOWN_FIELD = code(
    "E4104",
    N_('record "{record}" has no field "{given}"{suggestion}'),
    N_("`yiwang records show {record}` lists its fields"),
)
NOT_MAPPED = code(
    "E4105",
    N_('nothing is mapped to the field "{field}", which every record "{record}" must have'),
    N_("add `{field}:` below `fields:`"),
)
BAD_CONSTANT = code(
    "E4106",
    N_('the field "{field}" does not take "{given}": {reason}'),
    N_("`yiwang records show {record}` tells what it takes; codes are shown by `yiwang records codes`"),
)
SEVERAL_SOURCES = code(
    "E4107",
    N_('the field "{field}" needs exactly one of from, constant, join, first, choose'),
    N_("keep the one that is meant"),
)
OTHER_VERSION = code(
    "E4108",
    N_('the mapping is for version {given} of record "{record}", which is now {version}'),
    N_("compare it with `yiwang records show {record}` and then raise `version:`"),
)
UNREACHABLE = code(
    "E4109",
    N_("this choice is never reached: the one above has no condition"),
    N_("move the choice without `when:` to the end"),
)
MISSING_COLUMN = code(
    "E4110",
    N_('the source has no column "{column}"{suggestion}'),
    N_("its columns: {known}"),
)
