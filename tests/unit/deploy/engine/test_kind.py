"""The table of operations says what is changed and what is kept before."""

import pyinfra.operations
import pytest

from yiwang.deploy.engine.kind import Kind, access, kind_of

KINDS = {"file", "folder", "link", "line", "package", "service", "user", "group", "sysctl", "command"}


def test_a_file_is_named_and_kept() -> None:
    arguments = {"src": "files/x", "dest": "/etc/x"}
    kind = kind_of("files.put")

    assert (kind.kind, kind.subject_of(arguments), kind.saved(arguments)) == ("file", "/etc/x", ("/etc/x",))
    assert kind.read(arguments) == ("files/x",)


def test_the_name_of_a_kept_file_is_made_of_arguments() -> None:
    saved = kind_of("apt.repo").saved({"src": "deb …", "filename": "ours"})

    assert saved == ("/etc/apt/sources.list.d/ours.list", "/etc/apt/sources.list")


def test_an_operation_that_is_not_in_the_table_is_a_command() -> None:
    assert kind_of("custom.thing") == Kind()


@pytest.mark.parametrize(
    ("kind", "subject", "saved", "commands", "expected"),
    [
        ("file", "x", ("/etc/ssh/sshd_config",), (), True),
        ("file", "x", ("/etc/ssh/sshd_config.d/ours.conf",), (), True),
        ("file", "x", ("/home/a/.ssh/authorized_keys",), (), True),
        ("file", "x", ("/etc/issue",), (), False),
        ("service", "nftables.service", (), (), True),
        ("service", "cron", (), (), False),
        ("user", "operator", (), (), True),
        ("command", "", (), ("nft -f /etc/x",), True),
        ("command", "", (), ("echo benefit",), False),
    ],
)
def test_what_can_cut_the_way_is_known(
    kind: str, subject: str, saved: tuple[str, ...], commands: tuple[str, ...], expected: bool
) -> None:
    assert access().touches(kind, subject, saved, commands) is expected


def test_every_operation_of_the_table_exists_with_its_arguments() -> None:
    import inspect
    from importlib import import_module
    from importlib.util import find_spec

    from yiwang.deploy.engine.kind import table

    for name, kind in table().items():
        module, function = name.split(".")
        assert kind.kind in KINDS
        if find_spec(f"{pyinfra.operations.__name__}.{module}") is None:
            continue
        found = getattr(import_module(f"{pyinfra.operations.__name__}.{module}"), function, None)
        if found is None:
            continue
        parameters = set(inspect.signature(found._inner).parameters)
        named = {kind.subject, *kind.reads, *(each for each in kind.saves if "/" not in each)} - {""}
        assert named <= parameters, name
