"""What goes wrong with SNMP, one code for each thing that a person would do next."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.network.faults import NetworkError

NO_ANSWER = code(
    "E3301",
    N_("{device} does not answer SNMP at {address} ({attempts} attempts)"),
    N_("look at the way to it, its SNMP access list and, with version 2c, the community: a wrong one looks the same"),
    N_(
        "Nothing came back. Devices drop requests with an unknown community, and requests from addresses that their "
        "access list does not allow, without a word; so does a firewall on the way. With version 3 a wrong user or "
        "pass phrase is answered, so there it is the way or the access list."
    ),
)
WRONG_PASS_PHRASE = code(
    "E3302",
    N_("{device} refuses the authentication pass phrase of SNMP user {user}"),
    N_("set the right one with `yiwang vault set`, or the protocol with auth_protocol: in the device's snmp: section"),
)
UNKNOWN_USER = code(
    "E3303",
    N_("{device} does not know the SNMP user {user}"),
    N_("create the user on the device, or correct user: in the device's snmp: section"),
)
WRONG_PRIVACY = code(
    "E3304",
    N_("{device} cannot decrypt what SNMP user {user} asks"),
    N_("set the right privacy pass phrase with `yiwang vault set`, or the protocol with privacy_protocol:"),
    N_(
        "The device answered when it was asked who it is, and fell silent or complained once the request was "
        "encrypted: its privacy pass phrase or protocol is another one."
    ),
)
UNSUPPORTED_LEVEL = code(
    "E3305",
    N_("{device} does not serve SNMP user {user} at this security level"),
    N_("give the user authentication and privacy on the device, and both pass phrases in the estate"),
)
NO_ACCESS = code(
    "E3306",
    N_("{device} refuses {object} to this SNMP account ({status})"),
    N_("to read it, give the account a read view of this subtree on the device"),
)
MALFORMED = code(
    "E3307",
    N_("what {device} sends from {address} is not a valid SNMP answer"),
    N_("see what listens there, and whether the device's software has a known SNMP fault"),
)
WRONG_SOURCE = code(
    "E3308",
    N_("{device} was asked at {address} and answered from {source}"),
    N_("declare the address that it answers from, or set the source interface of SNMP on the device"),
    N_(
        "An answer from another address may be anybody's, so it is not believed. Devices with several addresses "
        "answer from the outgoing one unless a source interface is set."
    ),
)
DEVICE_FAULT = code(
    "E3309",
    N_("{device} answers {object} with the SNMP error {status}"),
    N_("ask again later; if it stays, the device's agent has a fault there"),
)
ENDLESS = code(
    "E3310",
    N_("{device} does not come to an end with {object}"),
    N_("the device's agent repeats itself or counts on for ever; have its software mended"),
)
TOO_SLOW = code(
    "E3311",
    N_("{device} was not done after {seconds} s"),
    N_("ask for less with --only, or allow more time with --ceiling"),
)
NOT_DECLARED = code(
    "E3312",
    N_("{device} declares no SNMP access: {what}"),
    N_("add it to the device, or to the defaults of all devices"),
)
UNREADABLE = code(
    "E3313",
    N_("an answer of {device} could not be understood: {problem}"),
    N_("tell the makers of Yiwang, with the platform and version of the device"),
)


class SnmpError(NetworkError):
    """A device could not be asked, or answered with an error; ``values["device"]`` names it."""
