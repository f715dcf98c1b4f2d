"""Accounts of persons with separate duties, and accounts that nobody uses any more."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from pyinfra.operations import server

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.components.operations import command
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate

Login = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,30}$")]
PublicKey = Annotated[str, Field(pattern=r"^(ssh|ecdsa|sk)-[^\n]+$")]

GROUPS = {
    "administrator": ("yiwang-admin",),
    "security": ("yiwang-security", "adm"),
    "auditor": ("yiwang-audit", "adm", "systemd-journal"),
    "operator": ("adm",),
}
"""Groups by duty; what each may do as root stands in ``files/baseline/sudoers``."""


class Account(Declared):
    """A person's own account; it has no password and is entered by key."""

    title: str = Field("", pattern=r"^[^:\n]*$", description=N_("whose it is"))
    duty: Literal["administrator", "security", "auditor", "operator"] = Field(
        "operator", description=N_("administrator, security, auditor or operator: what it may do as root")
    )
    keys: tuple[PublicKey, ...] = Field(min_length=1, description=N_("public SSH keys"))


class Accounts(Declared):
    """Who may log in."""

    management_account: str = Field("yiwang", description=N_("account by which the node is managed; never locked"))
    accounts: dict[Login, Account] = Field(default_factory=dict, description=N_("persons' accounts by login name"))
    locked_accounts: tuple[Login, ...] = Field((), description=N_("accounts that may no longer be used"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The account that the estate connects with."""
    return {"management_account": estate.nodes[name].connection.user}


def deploy(spec: Accounts) -> None:
    """Groups, what they may do as root, and accounts."""
    for group in ("yiwang-admin", "yiwang-security", "yiwang-audit"):
        server.group(name=_("group of a duty: {group}").format(group=group), group=group, system=True)
    rules = written(_("what each duty may do as root"), "baseline/sudoers", "/etc/sudoers.d/50-yiwang", mode="440")
    # sudo ignores a file with a mistake, and with it every right.
    command.ensure(
        name=_("the rules of sudo can be read"),
        commands=["visudo -cq"],
        holds="visudo -cq",
        after=[rules.operation],
        changes=[],
    )
    for login, account in spec.accounts.items():
        _account(login, account)
    for login in spec.locked_accounts:
        if login not in ("root", spec.management_account, *spec.accounts):
            _locked(login)


def _account(login: str, account: Account) -> None:
    server.user(  # noqa: S604 - the login shell
        name=_("account {login}").format(login=login),
        user=login,
        home=f"/home/{login}",
        shell="/bin/bash",
        comment=account.title or None,
        groups=list(GROUPS[account.duty]),
        public_keys=list(account.keys),
        delete_keys=True,
        create_home=True,
    )
    command.ensure(
        name=_("account {login} is open").format(login=login),
        commands=[f"chage -E -1 {login}"],
        holds=f"! getent shadow {login} | cut -d: -f8 | grep -q .",
        changes=["/etc/shadow"],
    )


def _locked(login: str) -> None:
    # A locked password alone still lets keys in; an expired account lets in nobody.
    command.ensure(
        name=_("account {login} is locked").format(login=login),
        commands=[f"usermod --lock --expiredate 1 {login}"],
        holds=f"! id {login} || getent shadow {login} | grep -Eq '^{login}:!.*:1:[^:]*$'",
        changes=["/etc/passwd", "/etc/shadow"],
    )
