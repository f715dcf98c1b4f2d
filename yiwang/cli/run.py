"""``yiwang run``: a command on many nodes, equal answers together."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.deploy.adhoc import Answer, Gathered, Waiting

WAITS = 3
SOME_FAILED = 4
SHOWN_NAMES = 20


@app.command("run", help=_("Run a command on many nodes and show equal answers once."))
def run(
    context: typer.Context,
    selector: Annotated[str, typer.Argument(metavar="SELECTOR", help=_("On these nodes, such as role=exchange."))],
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND", help=_("One word is a line for the shell; several are words."))
    ],
    estate: EstateOption = None,
    limit: Annotated[
        int, typer.Option(min=0, help=_("Nodes at once; 0: as many as the estate's rollout.parallel."))
    ] = 0,
    timeout: Annotated[float, typer.Option(min=0.1, help=_("Longest time on each node, in seconds."))] = 60,
    stdin: Annotated[
        Path | None, typer.Option("--stdin", metavar="FILE", help=_("What the command reads on each node; - for ours."))
    ] = None,
    format: FormatOption = Format.table,
) -> None:
    """Run a command on many nodes."""
    from yiwang.deploy import adhoc

    application_ = application(context)
    deployment = application_.deployment(estate)
    wanted = adhoc.Command(_line(command), _given(stdin), timeout)
    asked = adhoc.ask(deployment, selector, wanted, person=application_.actor)
    if isinstance(asked, adhoc.Waiting):
        _tell_waiting(asked)
        raise typer.Exit(WAITS)
    with _running(len(asked.targets)) as report:
        answers = adhoc.run(deployment, asked, at_once=limit, report=report)
    groups = adhoc.gathered(answers)
    if format is Format.table:
        for group in groups:
            _show(group)
    else:
        output.document("answers", [_document(group) for group in groups])
    failed = sum(answer.verdict != "pass" for answer in answers)
    words = _("{done} of {total} nodes: exit code 0")
    output.note(words.format(done=len(answers) - failed, total=len(answers)))
    if failed:
        raise typer.Exit(SOME_FAILED)


def _line(words: list[str]) -> str:
    return words[0] if len(words) == 1 else shlex.join(words)


def _given(stdin: Path | None) -> bytes:
    if stdin is None:
        return b""
    return sys.stdin.buffer.read() if str(stdin) == "-" else stdin.read_bytes()


def _tell_waiting(waiting: Waiting) -> None:
    words = _("the command waits for approval: {given} of {needed}; by someone else: yiwang approve {plan}")
    output.note(words.format(given=waiting.given, needed=waiting.needed, plan=waiting.request.id))
    output.note(_("then give the same command again"))


@contextmanager
def _running(total: int) -> Iterator[Callable[[Answer, int], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _answer, _done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda answer, done: bar.update(task, completed=done, description=answer.target)


def _show(group: Gathered) -> None:
    from rich.text import Text

    answer = group.answer
    shown = _(", ").join(group.targets[:SHOWN_NAMES])
    if len(group.targets) > SHOWN_NAMES:
        shown = _("{names} and {count} more").format(names=shown, count=len(group.targets) - SHOWN_NAMES)
    style = {"pass": "green", "fail": "red", "unknown": "yellow"}[answer.verdict]
    head = Text.assemble(("── ", "dim"), (shown, "bold"), f" ({len(group.targets)})  ", (_ending(answer), style))
    output.console().print(head, soft_wrap=True)
    if answer.output:
        for line in (answer.output.out + answer.output.err).splitlines():
            output.line(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _ending(answer: Answer) -> str:
    if answer.output is None:
        return answer.problem
    if answer.output.code < 0:
        return _("did not end in time")
    return _("exit code {code}").format(code=answer.output.code)


def _document(group: Gathered) -> dict[str, Any]:
    said = group.answer.output
    return {
        "targets": group.targets,
        "verdict": group.answer.verdict,
        "code": said.code if said else None,
        "out": said.out.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if said else "",
        "err": said.err.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if said else "",
        "problem": group.answer.problem,
    }
