"""From what the callback tells to the changes that people approve."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.vault.secret import MASK, Secret
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.playbooks.result import Result, result_of


def message(**values: Any) -> dict[str, Any]:
    told = {
        "status": "changed",
        "title": "greeting",
        "role": "",
        "action": "ansible.builtin.copy",
        "item": "",
        "is_hidden": False,
        "never_changes": False,
        "arguments": {},
        "result": {},
    }
    return told | values


def heard(**values: Any) -> Result:
    return result_of(message(**values), Masking())


@pytest.mark.parametrize(
    ("action", "arguments", "kind", "subject"),
    [
        ("ansible.builtin.template", {"dest": "/etc/motd"}, "file", "/etc/motd"),
        ("ansible.builtin.file", {"path": "/srv", "state": "directory"}, "folder", "/srv"),
        ("ansible.builtin.file", {"dest": "/a", "state": "link"}, "link", "/a"),
        ("ansible.builtin.lineinfile", {"path": "/etc/hosts", "line": "x"}, "line", "/etc/hosts"),
        ("ansible.builtin.apt", {"name": ["nginx", "curl"]}, "package", "nginx, curl"),
        ("ansible.builtin.systemd_service", {"name": "nginx"}, "service", "nginx"),
        ("ansible.legacy.user", {"name": "li"}, "user", "li"),
        ("ansible.builtin.shell", {"_raw_params": "make all"}, "command", "make all"),
        ("ansible.posix.sysctl", {"name": "vm.swappiness"}, "sysctl", "vm.swappiness"),
        ("health.tools.enrol", {"name": "desk"}, "command", "desk"),
    ],
)
def test_the_kind_of_a_change_follows_from_the_module(
    action: str, arguments: dict[str, Any], kind: str, subject: str
) -> None:
    result = heard(action=action, arguments=arguments)

    assert (result.kind, result.subject) == (kind, subject)


def test_a_difference_is_from_what_is_there_to_what_is_declared() -> None:
    diff = {"before": "one\n", "after": "two\n", "before_header": "/etc/motd", "after_header": "/dev/shm/x/motd.j2"}

    result = heard(arguments={"dest": "/etc/motd"}, result={"diff": [diff]})

    assert result.diff.splitlines() == [
        "--- /etc/motd\trunning",
        "+++ /etc/motd\tdesired",
        "@@ -1 +1 @@",
        "-one",
        "+two",
    ]


@pytest.mark.parametrize(
    ("values", "is_undecided"),
    [
        ({"result": {"msg": "Command would have run if not in check mode"}}, True),
        ({"result": {"skip_reason": "Conditional result was False"}}, False),
        ({"result": {"skipped_reason": "No items in the list"}}, False),
        ({"never_changes": True}, False),
        ({"is_hidden": True}, True),
        ({"is_hidden": True, "result": {"skip_reason": "Conditional result was False"}}, False),
    ],
)
def test_only_what_ansible_cannot_check_is_undecided(values: dict[str, Any], is_undecided: bool) -> None:
    assert heard(status="skipped", **values).is_undecided is is_undecided


def test_an_item_of_a_loop_and_a_role_stand_in_the_title() -> None:
    assert heard(role="web", title="folders", item="/srv").title == "web : folders (/srv)"
    assert heard(role="web", title="web : folders").title == "web : folders"


def test_what_no_log_hides_is_not_told() -> None:
    change = heard(is_hidden=True, status="failed").change("playbooks/site.yml", state="failed")

    assert (change.diff, change.path, change.commands) == ("", "", ())


@given(st.from_regex(r"[A-Za-z0-9/+ \"'{}:-]{8,30}", fullmatch=True), st.text(alphabet="xyz \n", max_size=20))
def test_no_secret_leaves_a_result_wherever_it_stands(secret: str, around: str) -> None:
    shown = f"{around}{secret}{around}"
    told = message(
        title=shown,
        role=shown,
        item=shown,
        arguments={"dest": shown, "_raw_params": shown},
        result={"msg": shown, "cmd": [shown], "diff": [{"before": shown, "after": shown + "1"}, {"prepared": shown}]},
    )

    result = result_of(told, Masking([Secret(secret)]))

    plain = str(result.change("playbooks/site.yml").plain()) + result.message
    assert secret not in plain.replace(MASK, "")
