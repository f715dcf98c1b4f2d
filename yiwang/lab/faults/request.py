"""What is asked for, read from words: which fault, where, with which values, for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import BAD_SHAPE, NO_SUCH_WORD, Value, Values
from yiwang.lab.layout import Cable, Layout
from yiwang.lab.state import host_of

WRONG_WORDS = code("E6301", N_("the fault {name} takes: {usage}"), N_("yiwang lab fault {name} --help"))
NO_CABLE = code(
    "E6309",
    N_("there is no link between {one} and {other}"),
    N_("`yiwang inventory list --kind links` shows the links"),
)
WHICH_CABLE = code(
    "E6310", N_("there are several links between {one} and {other}: {names}"), N_("name one of them in place of both")
)
NO_SUCH_CABLE = code(
    "E6311",
    N_('there is no link "{name}" in the lab {lab}{suggestion}'),
    N_("name the link as it is declared, or the two hosts at its ends"),
)

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST_DAYS = 366
_LENGTH = re.compile(r"(\d{1,6})([smhd])")


@dataclass(frozen=True, slots=True)
class Request:
    """A fault in a place, with its values; ``is_undo`` when the words take it back."""

    fault: Fault
    place: str
    hosts: tuple[str, ...]
    values: Values
    is_undo: bool = False

    @property
    def id(self) -> str:
        """By what the fault is known while it is in force: the same fault in the same place has the same."""
        key = f":{self.values[self.fault.key]}" if self.fault.key else ""
        return f"{self.fault.name}-{self.place}{key}"


def read_request(layout: Layout, fault: Fault, words: Sequence[str], options: Mapping[str, str]) -> Request:
    """The request that words and options make.

    Raises:
        UsageError: they are too few or too many (E6301), or one of them is wrong (E6302–E6305, E6310).
        NotFoundError: there is no such host (E6015) or link (E6309, E6311).
    """
    given = list(words)
    word = _word(fault, given.pop() if given else "") if fault.words else ""
    split = len(given) - len(fault.positional)
    if split not in ((1, 2) if fault.place == "cable" else (1,)):
        raise _wrong_words(fault)
    place, hosts = _place(layout, fault, given[:split])
    values = {each.name: each.read(text) for each, text in zip(fault.positional, given[split:], strict=True)}
    is_undo = bool(fault.undo) and word == fault.undo
    return Request(fault, place, hosts, values | dict(_options(fault, options)), is_undo)


def _word(fault: Fault, given: str) -> str:
    known = tuple(filter(None, (*fault.words, fault.undo)))
    if not given:
        raise _wrong_words(fault)
    if given not in known:
        near = suggestion(given, known)
        raise UsageError(NO_SUCH_WORD, name=fault.name, given=given, suggestion=near, known=", ".join(known))
    return given


def _options(fault: Fault, given: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    for each in fault.options:
        if each.name in given:
            yield each.name, each.read(given[each.name])
        elif each.default is not None:
            yield each.name, each.default


def _wrong_words(fault: Fault) -> UsageError:
    return UsageError(WRONG_WORDS, name=fault.name, usage=fault.usage)


def _place(layout: Layout, fault: Fault, words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if fault.place == "host":
        return words[0], (host_of(layout, words[0]).name,)
    cable = _between(layout, *words) if len(words) == 2 else _named(layout, words[0])
    return cable.name, tuple(words) if len(words) == 2 else tuple(end.host for end in cable.ends)


def _between(layout: Layout, one: str, other: str) -> Cable:
    for name in (one, other):
        host_of(layout, name)
    found = [cable for cable in layout.cables_of(one) if one != other and cable.end_at(other)]
    if not found:
        raise NotFoundError(NO_CABLE, one=one, other=other)
    if len(found) > 1:
        raise UsageError(WHICH_CABLE, one=one, other=other, names=", ".join(cable.name for cable in found))
    return found[0]


def _named(layout: Layout, name: str) -> Cable:
    known = {cable.name: cable for cable in layout.cables}
    if name not in known:
        raise NotFoundError(NO_SUCH_CABLE, name=name, lab=layout.name, suggestion=suggestion(name, known))
    return known[name]


def read_length(text: str) -> int:
    """A length of time such as ``10m``, in seconds.

    Raises:
        UsageError: it is none, or longer than a year (E6305).
    """
    match = _LENGTH.fullmatch(text)
    seconds = int(match[1]) * SECONDS[match[2]] if match else 0
    if not 0 < seconds <= LONGEST_DAYS * SECONDS["d"]:
        raise UsageError(BAD_SHAPE, name="--for", given=text, example="90s, 10m, 2h, 1d")
    return seconds
