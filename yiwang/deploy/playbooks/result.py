"""What a task of a playbook did or would do, from what the callback tells."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from yiwang.core.i18n import _
from yiwang.deploy.engine.change import Change, State
from yiwang.deploy.engine.masking import Masking

PREFIX = "playbook "
LONGEST_DIFF = 64 << 10
LONGEST_TEXT = 2000
COMMAND = "command"
UNTITLED = "?"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one task, or of one item of its loop; all texts are masked."""

    status: str
    title: str
    action: str
    kind: str
    subject: str
    diff: str = ""
    message: str = ""
    is_undecided: bool = False

    def change(self, playbook: str, *, state: State = "planned", unsure: str = "") -> Change:
        """As a change of a plan or of an apply."""
        commands = (self.subject,) if self.kind == COMMAND and self.subject else ()
        component = component_of(playbook)
        # Ansible keeps nothing of what was there before.
        return Change(
            component,
            self.action,
            self.title,
            self.kind,
            self.subject,
            self.diff,
            commands,
            unsure,
            state,
            is_undone=False,
        )


def component_of(playbook: str) -> str:
    """Under which name the changes of a playbook stand in a plan."""
    return f"{PREFIX}{playbook}"


def result_of(message: Mapping[str, Any], masking: Masking) -> Result:
    """The result in a message of the callback, with every known secret masked."""
    told = masking.mask_value(dict(message))
    given, found = told["arguments"], told["result"]
    kind, subject = _subject(told["action"], {**given, **{key: found[key] for key in _naming(found)}})
    return Result(
        status=told["status"],
        title=_title(told),
        action=told["action"],
        kind=kind,
        subject=subject[:LONGEST_TEXT],
        diff=masking.mask("".join(_diffs(found.get("diff"), subject)))[:LONGEST_DIFF],
        message=_message(told)[:LONGEST_TEXT],
        is_undecided=_is_undecided(told),
    )


def _naming(found: Mapping[str, Any]) -> list[str]:
    return [key for key in ("dest", "path", "cmd") if found.get(key)]


def _title(told: Mapping[str, Any]) -> str:
    role, title = told["role"], told["title"] or told["action"] or UNTITLED
    if role and not title.startswith(f"{role} : "):
        title = f"{role} : {title}"
    return f"{title} ({told['item']})" if told["item"] else title


def _message(told: Mapping[str, Any]) -> str:
    if told["is_hidden"]:
        return _("hidden by no_log")
    return " ".join(str(told["result"].get("msg", "")).split())


def _is_undecided(told: Mapping[str, Any]) -> bool:
    """Whether a task was passed over because it cannot be checked, and not by its own condition."""
    found = told["result"]
    by_condition = found.get("skip_reason") or found.get("skipped_reason")
    return told["status"] == "skipped" and not by_condition and not told["never_changes"]


def _subject(action: str, values: Mapping[str, Any]) -> tuple[str, str]:
    modules, states = _table()
    row = modules.get(action.rpartition(".")[2], {"kind": COMMAND, "subject": ["dest", "path", "name"]})
    kind: str = states.get(str(values.get("state")), row["kind"]) if row["kind"] == "file" else row["kind"]
    return kind, next((_word(values[name]) for name in row["subject"] if values.get(name)), "")


@cache
def _table() -> tuple[dict[str, Any], dict[str, str]]:
    import yaml

    data = yaml.safe_load((files(__package__) / "kinds.yaml").read_text(encoding="utf-8"))
    return data["modules"], data["states"]


def _word(value: Any) -> str:
    return (" " if _is_command(value) else ", ").join(map(str, value)) if isinstance(value, list) else str(value)


def _is_command(value: list[Any]) -> bool:
    return bool(value) and str(value[0]).startswith("/")


def _diffs(diff: Any, subject: str) -> Iterator[str]:
    for each in diff if isinstance(diff, list) else [diff]:
        if not isinstance(each, dict):
            continue
        if "prepared" in each:
            yield str(each["prepared"])
        elif "before" in each or "after" in each:
            yield from _unified(each, subject)


def _unified(diff: Mapping[str, Any], subject: str) -> Iterator[str]:
    before, after = (_lines(diff.get(side)) for side in ("before", "after"))
    # Ansible's own header names the rendered template, whose place is another each time.
    name = subject or str(diff.get("before_header") or "")
    yield from difflib.unified_diff(before, after, name, name, "running", "desired")


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = "".join(f"{key}: {each}\n" for key, each in sorted(value.items()))
    lines = str(value or "").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines
