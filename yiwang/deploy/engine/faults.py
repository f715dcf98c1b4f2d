"""What goes wrong with one target: the error class and the codes of reaching it."""

from __future__ import annotations

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_


class DeployError(YiwangError):
    """A target cannot be looked at, changed or put back."""


class ReachError(DeployError):
    """A target cannot be reached, or the connection to it was lost."""


UNREACHABLE = code(
    "E2001",
    N_("{target} cannot be reached: {reason}"),
    N_("check its address and port in the estate, its network, and that sshd runs on it"),
)
HOST_KEY = code(
    "E2002",
    N_("{target} shows another host key than the one that is pinned: {reason}"),
    N_("find out why before you trust the new key; somebody may be listening in"),
    N_(
        "The host key is what tells one machine from another. It changes when a machine is installed anew, and when "
        "somebody puts himself between you and it. Compare the key's fingerprint on the machine's own console, then "
        "pin the new one in the estate."
    ),
)
NO_HOST_KEY = code(
    "E2003",
    N_("no host key is pinned for {target}"),
    N_("compare its key on its console and pin it: yiwang trust {target}"),
)
REFUSED = code(
    "E2004",
    N_('{target} refuses the account "{user}": {reason}'),
    N_("check the account, its key or password in the vault or your SSH agent, and authorized_keys on the node"),
)
NO_SUDO = code(
    "E2005",
    N_('"{user}" cannot become root on {target}: {reason}'),
    N_("give the account sudo rights without password, or put its password into the vault"),
)
LOST = code(
    "E2006",
    N_("the connection to {target} was lost: {reason}"),
    N_("do the same again: what is done stays done, the rest follows"),
)
NO_ANSWER = code(
    "E2007",
    N_("{target} did not answer within {seconds} s"),
    N_("look at the node's load and its line, then do the same again"),
)
CANNOT_WRITE = code(
    "E2008",
    N_("{path} cannot be written on {target}: {reason}"),
    N_("look at the node's disk, its free space and the rights of the folder"),
)
BUSY = code(
    "E2009",
    N_("another change is running on {target}"),
    N_("wait until it has ended, then do the same again"),
)
