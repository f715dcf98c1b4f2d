"""What goes wrong between us and a device's command line: one code for each thing that a person does next."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.network.faults import NetworkError


class ReachError(NetworkError):
    """A device cannot be spoken to."""


class AnswerError(NetworkError):
    """A device's answer is not what was asked for; ``evidence`` is the redacted end of what it said."""

    evidence: str = ""


UNREACHABLE = code(
    "E3010",
    N_("{name} cannot be reached at {host}:{port}: {reason}"),
    N_("check its address and port in the estate, the line to it, and that SSH is on"),
)
HOST_KEY = code(
    "E3011",
    N_("{name} shows another host key than the one that is pinned: {shown}"),
    N_("find out why before you trust the new key; somebody may be listening in"),
    N_(
        "A device gets a new host key when it is replaced or its key is made anew, and it seems to have one when "
        "somebody sits between you and it. Compare the fingerprint on the device's own console; then remove the old "
        "key from host_keys: in the estate and run `yiwang network trust`. No password was sent."
    ),
)
NO_HOST_KEY = code(
    "E3012",
    N_("no host key is pinned for {name}"),
    N_("compare its key on its console and pin it: yiwang network trust {name}"),
)
REFUSED = code(
    "E3013",
    N_('{name} refuses the account "{user}"'),
    N_("check the account on the device and its password or key in the vault"),
)
NO_CREDENTIAL = code(
    "E3014",
    N_("{name} has neither a password nor a private key"),
    N_("put one into the vault and declare it under credentials: of the device"),
)
NO_PROMPT = code(
    "E3015",
    N_('{name} did not show a prompt of {platform} within {seconds} s; it said last: "{said}"'),
    N_("check platform: of the device in the estate; a slow device needs a higher network.silence_seconds"),
)
SILENT = code(
    "E3016",
    N_('{name} stopped answering "{command}" for {seconds} s, {bytes} bytes after its beginning'),
    N_("look at the device's load and its line; a slow device needs a higher network.silence_seconds"),
)
LOST = code(
    "E3017",
    N_("{name} closed the session: {reason}"),
    N_("look whether it allows enough sessions at once (network.site_parallel), then resume the run"),
)
NOT_PRIVILEGED = code(
    "E3018",
    N_("{name} did not let us into its privileged view"),
    N_("declare enable: under credentials: of the device, or give the account a higher level"),
)
COMMAND_REFUSED = code(
    "E3019",
    N_('{name} refuses "{command}": {said}'),
    N_("give the account the right to this command; it only reads"),
)
INCOMPLETE = code(
    "E3020",
    N_("{name} gave a configuration that is not whole: {reason}"),
    N_("nothing of it was kept; look at the evidence of the step, then resume the run"),
    N_(
        "Each platform's table says how a whole configuration ends. An answer without that end, or one that is much "
        "smaller than the last one, was cut off: by a slow line, a pager, a session that ended, or a right that the "
        "account lacks. It was asked for again, slowly, before this error."
    ),
)
CIRCLE = code("E3021", N_("the way to {name} goes in a circle: {way}"), N_("correct via: of one of them"))
NO_ADDRESS = code("E3022", N_("{name} has no address"), N_("declare management: for it"))
TOO_LONG = code(
    "E3023",
    N_('the answer of {name} to "{command}" is longer than {most} MiB'),
    N_("look at it on the device; nothing of it was kept"),
)
