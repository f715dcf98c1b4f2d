"""What goes wrong in a hand-over: one code for each thing that a person does next."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.network.faults import NetworkError


class HandoverError(NetworkError):
    """Read access cannot be handed over, or a package or receipt cannot be used."""


CAN_WRITE = code(
    "E3421",
    N_("the account that is to be handed over can WRITE on {device}: {how}"),
    N_("take the right to write from it on the device at once, then hand over anew; nothing was sealed"),
    N_(
        "The probe went through: the account entered the configuration, or an SNMP SET of a value that was there "
        "already was accepted. Whoever holds the account could change the device. Nothing was changed by the probe."
    ),
)
NOT_PROVEN = code(
    "E3422",
    N_("{device} did not tell whether the account can write: {how}"),
    N_("look at what it said in the evidence; only a clear refusal proves that an account can only read"),
)
NOT_DECLARED = code(
    "E3423",
    N_("{count} selected devices declare no account to hand over: {devices}"),
    N_("declare handover: of each device, or once for all in a group of devices"),
)
NO_AUTHORITY = code(
    "E3424",
    N_("the estate does not say to whom read access is handed over"),
    N_("declare supervision: in estate.yaml with title, contact, expires, and public_key or passphrase"),
)
NOT_ALL = code(
    "E3425",
    N_("nothing is sealed: {count} of {total} devices are not proven: {devices}"),
    N_("see why with `yiwang runs show {run}`, mend it, and hand over anew"),
)
TOO_OLD = code(
    "E3426",
    N_("nothing is sealed: the proof of {device} is of {time}"),
    N_("a proof counts for a day; prove the accounts anew: yiwang network handover run"),
)
CHANGED = code(
    "E3427",
    N_("nothing is sealed: the account for {device} is not the one that was proven"),
    N_("its declaration or its secret was changed since; prove it anew: yiwang network handover run"),
)
NO_PROBE = code(
    "E3428",
    N_("nobody has said yet how an account is proven to be read-only on {platform}, the platform of {device}"),
    N_("add read_only: to the platform's file in the estate"),
)
EXPIRED = code(
    "E3429",
    N_("the accounts for {title} are valid until {expires}, which is over"),
    N_("agree on a new date, set expires: of supervision:, and renew: yiwang network handover rotate"),
)
NO_PACKAGE = code(
    "E3430",
    N_("{file} is no package of a hand-over: {reason}"),
    N_("ask for it once more; it may have been cut off on the way"),
)
FORGED = code(
    "E3431",
    N_("the signature of {file} does not fit: {what} was changed after it was sealed"),
    N_("do not use it, and tell the office that sent it"),
)
OTHER_SIGNER = code(
    "E3432",
    N_("{file} is signed by {shown}, not by {expected}"),
    N_("do not use it until the office that sent it has confirmed its key by telephone"),
)
BAD_KEY = code(
    "E3433",
    N_('"{given}" is not a public key of this kind: {wanted}'),
    N_("copy the whole key, from its first to its last letter"),
)
NO_RECEIPT = code(
    "E3434",
    N_("{file} is no receipt of a hand-over: {reason}"),
    N_("ask for the file that `yiwang network handover verify FILE --receipt` wrote"),
)
NOT_OURS = code(
    "E3435",
    N_("the receipt is for package {digest}, which was not sealed here"),
    N_("compare it with the packages of `yiwang journal list`"),
)
NO_RUN = code(
    "E3436",
    N_("{run} is no run of a hand-over"),
    N_("`yiwang runs list` shows which are"),
)
WRITERS = code(
    "E3438",
    N_("nothing is sealed: on {count} of {total} devices the account can WRITE: {devices}"),
    N_("take the right to write from it on these devices at once, then hand over anew"),
)
