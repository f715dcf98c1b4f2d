"""``yiwang lab fault``: faults on demand.  One verb for each fault of the registry, made when it is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.options import HostArgument, LabOption, chosen_lab
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.lab.faults.fault import Fault
    from yiwang.lab.faults.force import Standing
    from yiwang.lab.faults.parameter import Parameter
    from yiwang.lab.faults.record import Record

WHICH_FAULT = code(
    "E6312", N_("several faults are in force: {ids}"), N_("say which, or all: yiwang lab fault clear --all")
)
HOLDS = {True: N_("in force"), False: N_("gone: something else undid it"), None: N_("cannot tell")}
STATES = {True: "in-force", False: "gone", None: "unknown"}


class FaultGroup(TyperGroup):
    """The group's own verbs, and one for each fault; other verbs need not wait for the registry to load."""

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """The verbs by name."""
        return {**_fault_commands(), **self._own}

    @commands.setter
    def commands(self, given: MutableMapping[str, Any]) -> None:
        self._own = given


faults = typer.Typer(
    cls=FaultGroup, help=_("Faults on demand; clear them, or let them end after a time."), no_args_is_help=True
)
lab.add_typer(faults, name="fault")


@cache
def _fault_commands() -> Mapping[str, Any]:
    from yiwang.lab.faults.registry import FAULTS

    made = typer.Typer(rich_markup_mode=None)
    for fault in FAULTS:
        # An offset such as -3d is no option.
        made.command(fault.name, help=_(fault.summary), context_settings={"ignore_unknown_options": True})(_verb(fault))
    return get_group(made).commands


def _verb(fault: Fault) -> Any:
    """A function with the parameters of a fault, as Typer reads them."""
    arguments = dict(_arguments(fault))

    def verb(context: typer.Context, name: str, length: str, **given: Any) -> None:
        words = [word for key in arguments for word in _listed(given.pop(key))]
        options = {key: value for key, value in given.items() if value is not None}
        _carry_out(context, fault, words, options, name=name, length=length)

    length = Annotated[str, typer.Option("--for", metavar="10m", help=_("Clear it after so long: 90s, 10m, 2h."))]
    required = inspect.Parameter.empty
    parameters = {
        "context": (typer.Context, required),
        **{key: (kind, required) for key, kind in arguments.items()},
        **{each.name: (_option(each), None) for each in fault.options},
        "length": (length, ""),
        "name": (LabOption, ""),
    }
    verb.__annotations__ = {key: kind for key, (kind, _default) in parameters.items()}
    setattr(verb, "__signature__", _signature(parameters))  # noqa: B010 - functions do not declare it
    return verb


def _listed(given: str | list[str]) -> list[str]:
    return given if isinstance(given, list) else [given]


def _signature(parameters: Mapping[str, tuple[Any, Any]]) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            inspect.Parameter(name, keyword, annotation=kind, default=default)
            for name, (kind, default) in parameters.items()
        ]
    )


def _arguments(fault: Fault) -> Iterator[tuple[str, Any]]:
    """The words of a fault in their order."""
    if fault.place == "cable":
        yield "place", Annotated[list[str], typer.Argument(metavar="A B|LINK", help=_("Two hosts, or a link's name."))]
    else:
        yield "place", HostArgument
    for each in fault.positional:
        yield each.name, Annotated[str, typer.Argument(metavar=each.name.upper(), help=_meaning(each))]
    if fault.words:
        shown = "|".join(filter(None, (*fault.words, fault.undo)))
        yield "word", Annotated[str, typer.Argument(metavar=shown, help=_("What happens."))]


def _option(parameter: Parameter) -> Any:
    default = _("default: {default}").format(default=parameter.default)
    help = f"{_meaning(parameter)} [{default}]"
    return Annotated[str | None, typer.Option(f"--{parameter.name}", metavar=_metavar(parameter), help=help)]


def _metavar(parameter: Parameter) -> str:
    return getattr(parameter, "unit", parameter.name).upper()


def _meaning(parameter: Parameter) -> str:
    from yiwang.lab.faults.parameter import Number, Shape

    text = _(parameter.meaning)
    if isinstance(parameter, Number):
        return f"{text} ({parameter.least:g}–{parameter.most:g} {parameter.unit})"
    return f"{text} ({parameter.example})" if isinstance(parameter, Shape) else text


def _carry_out(
    context: typer.Context, fault: Fault, words: list[str], options: Mapping[str, str], *, name: str, length: str
) -> None:
    from yiwang.lab.faults.force import clear, put_in_force
    from yiwang.lab.faults.request import read_length, read_request
    from yiwang.lab.readiness import require_root

    require_root()
    chosen = chosen_lab(context, name)
    request = read_request(chosen.layout, fault, words, options)
    seconds = read_length(length) if length else None
    if request.is_undo:
        _say_cleared(clear(chosen, request.id))
        return
    record = put_in_force(chosen, request, by=application(context).actor, seconds=seconds)
    if fault.is_lasting:
        output.line(record.id)
        output.note(_("in force; to clear it: yiwang lab fault clear {id}").format(id=record.id))


def _say_cleared(record: Record) -> None:
    output.note(_("cleared: {id}").format(id=record.id))


@faults.command("list", help=_("List the faults in force, and whether each still holds."))
def list_faults(context: typer.Context, name: LabOption = "", format: FormatOption = Format.table) -> None:
    """List the faults in force."""
    from yiwang.lab.faults.force import standing
    from yiwang.lab.readiness import require_root

    require_root()
    columns = (
        Column("id", _("fault"), fold=False),
        Column("values", _("values")),
        Column("by", _("by")),
        Column("since", _("since")),
        Column("until", _("until")),
        Column("state", _("state")),
    )
    rows = [_row(each, format) for each in standing(chosen_lab(context, name))]
    output.table("faults", columns, rows, format, empty=_("no fault is in force"))


def _row(standing: Standing, format: Format) -> dict[str, Any]:
    record = standing.record
    is_table = format is Format.table
    return {
        "id": record.id,
        "fault": record.fault,
        "place": record.place,
        "hosts": list(record.hosts),
        "values": _told(record) if is_table else record.values,
        "by": record.by,
        "since": output.moment(record.since, format),
        "until": output.moment(record.until, format),
        "state": _(HOLDS[standing.holds]) if is_table else STATES[standing.holds],
    }


def _told(record: Record) -> str:
    """The values of a fault for people: those that are not what goes without saying."""
    from yiwang.lab.faults.registry import find_fault

    usual = {each.name: each.default for each in find_fault(record.fault).options}
    told = {key: value for key, value in record.values.items() if value != usual.get(key)}
    return " ".join(f"{key}={value:g}" if isinstance(value, float) else f"{key}={value}" for key, value in told.items())


@faults.command("clear", help=_("Clear a fault by its id, the only one there is, or all."))
def clear_faults(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[ID]", help=_("The fault's id; default: the only one there is."))] = "",
    is_all: Annotated[bool, typer.Option("--all", help=_("Clear every fault."))] = False,
    name: LabOption = "",
) -> None:
    """Clear one fault or all."""
    from yiwang.lab.faults.force import clear, clear_all
    from yiwang.lab.faults.record import records
    from yiwang.lab.readiness import require_root

    require_root()
    chosen = chosen_lab(context, name)
    known = [record.id for record in records(chosen.folder)]
    if not id and not is_all and len(known) > 1:
        raise UsageError(WHICH_FAULT, ids=", ".join(known))
    cleared = (clear(chosen, id),) if id else clear_all(chosen)
    for record in cleared:
        _say_cleared(record)
    if not cleared:
        output.note(_("no fault is in force"))
