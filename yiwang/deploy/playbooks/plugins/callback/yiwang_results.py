"""Tells every result of a task, one message each, before Ansible goes on."""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback import CallbackBase

from yiwang.deploy.playbooks.asking import ask

DOCUMENTATION = """
name: yiwang_results
type: stdout
short_description: results as data for Yiwang
description:
  - One message for each task, and for each item of a loop.
author: Yiwang
"""
REASONS = ("skip_reason", "skipped_reason")
KEPT = ("msg", "cmd", "diff", "path", "dest", "name", *REASONS)
ARGUMENTS = ("path", "dest", "name", "pkg", "package", "state", "line", "_raw_params", "cmd")


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Tells results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "yiwang_results"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """A task begins."""
        ask({"do": "hear", "what": "task", "title": task.get_name().strip()})

    v2_playbook_on_handler_task_start = v2_playbook_on_cleanup_task_start = lambda self, task: (
        self.v2_playbook_on_task_start(task, False)
    )

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task went well."""
        self._tell("changed" if result.result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._tell("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """A task was passed over."""
        self._tell("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """The node could not be reached."""
        self._tell("unreachable", result)

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """An item of a loop went well."""
        self._tell_item("changed" if result.result.get("changed") else "ok", result)

    def v2_runner_item_on_failed(self, result: Any) -> None:
        """An item of a loop failed."""
        self._tell_item("ignored" if result.task_fields.get("ignore_errors") else "failed", result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        """An item of a loop was passed over."""
        self._tell_item("skipped", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The end, with what counts as failed after every rescue."""
        hosts = [stats.summarize(host) for host in stats.processed]
        failed = sum(each["failures"] + each["unreachable"] for each in hosts)
        ask({"do": "hear", "what": "end", "failed": failed, "hosts": len(hosts)})

    def _tell(self, status: str, result: Any) -> None:
        # A loop's items have spoken for themselves.
        if isinstance(result.result.get("results"), list) and result.task.loop is not None:
            return
        ask(_message(status, result, ""))

    def _tell_item(self, status: str, result: Any) -> None:
        ask(_message(status, result, str(self._get_item_label(result.result))))


def _message(status: str, result: Any, item: str) -> dict[str, Any]:
    task, found = result.task, result.result
    is_hidden = bool(found.get("_ansible_no_log")) or "censored" in found
    given = found.get("invocation", {}).get("module_args") or task.args
    return {
        "do": "hear",
        "what": "result",
        "status": status,
        "title": str(result.task_name).strip(),
        "role": task._role.get_name() if task._role else "",  # noqa: SLF001
        "action": str(task.resolved_action or task.action),
        "item": "" if is_hidden else item,
        "is_hidden": is_hidden,
        "never_changes": task.changed_when == [False],
        "arguments": {} if is_hidden else _plain(given, ARGUMENTS),
        "result": _plain(found, REASONS if is_hidden else KEPT),
    }


def _plain(values: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The named values, as far as JSON can tell them."""
    return {name: _jsonable(values[name]) for name in names if values.get(name) is not None}


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    return value if isinstance(value, bool | int | float) else str(value)
